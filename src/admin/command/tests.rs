//! Commands as people and drivers write them, and how wrong ones are refused.

use super::*;

fn admin(text: &str) -> Result<Command, CommandError> {
    parse(text, Rights::Admin)
}

fn refused(text: &str) -> (&'static str, Option<usize>) {
    let error = admin(text).unwrap_err();
    (error.code(), error.position())
}

#[test]
fn commands_in_any_case_with_or_without_semicolon() {
    for text in ["SHOW POOLS", "show pools;", "  Show\n Pools ; ", "show \"pools\";;"] {
        assert!(matches!(admin(text), Ok(Command::Show(topic)) if topic.name == "POOLS"), "{text}");
    }
    assert!(matches!(admin("show help"), Ok(Command::Help)));
    assert!(matches!(admin("SHOW"), Ok(Command::Help)));
    assert!(matches!(admin("show TimeZone"), Ok(Command::Setting(s)) if s.value == "GMT"));
    assert!(matches!(admin("SHOW TRANSACTION ISOLATION LEVEL"), Ok(Command::Setting(_))));
}

#[test]
fn drivers_habits_are_borne() {
    for text in [
        "SET extra_float_digits = 3",
        "set application_name='x'",
        "SET SESSION timezone TO 'UTC'",
        "SET datestyle = ISO, MDY",
    ] {
        assert!(matches!(parse(text, Rights::ReadOnly), Ok(Command::SetIgnored)), "{text}");
    }
    for text in ["BEGIN", "start transaction read only", "COMMIT WORK", "rollback"] {
        assert!(matches!(admin(text), Ok(Command::Transaction(_))), "{text}");
    }
}

#[test]
fn commands_have_their_arguments() {
    assert!(matches!(admin("PAUSE"), Ok(Command::Pause(Scope::All))));
    assert!(
        matches!(admin("pause 'my app';"), Ok(Command::Pause(Scope::One(name))) if name.as_str() == "my app")
    );
    assert!(matches!(admin("resume app"), Ok(Command::Resume(Scope::One(_)))));
    assert!(matches!(admin("KILL_CLIENT 17"), Ok(Command::KillClient(SocketId(17)))));
    assert!(matches!(admin("kill_client 0x11"), Ok(Command::KillClient(SocketId(17)))));
    assert!(matches!(admin("shutdown wait_for_clients"), Ok(Command::Shutdown(Ending::WaitForClients))));
    assert!(matches!(admin("SHUTDOWN"), Ok(Command::Shutdown(Ending::Now))));
    for text in ["set pool.size = 5", "SET pool.size TO '5'", "set pool.size=5;", "set pool.size 5"] {
        let Ok(Command::Set { key, value }) = admin(text) else { panic!("{text}") };
        assert_eq!((key.text.as_str(), value.as_str()), ("pool.size", "5"), "{text}");
    }
    assert!(matches!(admin("show statements by calls limit 5"), Ok(Command::Statements(_))));
    assert!(matches!(admin("reset statements"), Ok(Command::ResetStatements)));
    assert_eq!(refused("show statements by luck"), ("42601", Some(20)));
    assert!(matches!(admin("reset breakers;"), Ok(Command::ResetBreakers(None))));
    let one = admin("RESET BREAKERS \"[::1]:5432\"");
    assert!(matches!(one, Ok(Command::ResetBreakers(Some(address))) if address == "[::1]:5432"));
}

#[test]
fn refusals_say_where() {
    assert_eq!(refused("SHOW NOTHING"), ("42601", Some(6)));
    assert_eq!(refused(" DROP TABLE x"), ("42601", Some(2)));
    assert_eq!(refused("SHOW POOLS; SHOW STATS"), ("42601", Some(13)));
    assert_eq!(refused("SHOW POOLS x"), ("42601", Some(12)));
    assert_eq!(refused("PAUSE app now"), ("42601", Some(11)));
    assert_eq!(refused("suspend app"), ("42601", Some(9)));
    assert_eq!(refused("kill_client abc"), ("42601", Some(13)));
    assert_eq!(refused("shutdown later"), ("42601", Some(10)));
    assert_eq!(refused("pause 'app"), ("42601", Some(7)));
    for text in ["disable", "kill_client", "set", "set pool.size =", "reset"] {
        assert_eq!(refused(text), ("42601", None), "{text}");
    }
    assert_eq!(refused("pause pgbouncer").0, "0A000");
    assert!(admin("SHOW NOTHING").unwrap_err().hint().contains("POOLS"));
}

#[test]
fn those_who_may_only_look_change_nothing() {
    for verb in VERBS.iter().filter(|verb| verb.rights == Rights::Admin || verb.name == "SET") {
        let text = format!("{} x", verb.name);
        assert_eq!(parse(&text, Rights::ReadOnly).unwrap_err().code(), "42501", "{text}");
    }
    assert!(parse("SHOW CLIENTS", Rights::ReadOnly).is_ok());
}

#[test]
fn help_names_everything() {
    let help = help();
    let verbs = VERBS.iter().filter(|verb| verb.name == "SHOW" || !verb.usage.is_empty());
    for name in TOPICS.iter().map(|t| t.name).chain(verbs.map(|v| v.name)) {
        assert!(help.contains(name), "{name}");
    }
}
