//! Streams over loopback: waiting, looking, moving between reactors.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::runtime::Handle;

use super::detached::{DetachedKind, DetachedSocket};
use super::testing::{Authority, backend_tls, client_tls, pair};
use super::tls::{BackendTls, ServerTls};
use super::{Detached, Idle, Listener, Peer, SocketOptions, Stream};
use crate::config::TlsMode;

const OPTIONS: SocketOptions = SocketOptions { backlog: 16, keepalive: Some(Duration::from_secs(60)) };

async fn tls_pair() -> (Stream, Stream) {
    let ca = Authority::new();
    let server = ServerTls::load(&client_tls(TlsMode::Prefer, ca.sign("db", &["db.test"]))).unwrap().unwrap();
    let client = BackendTls::load(&backend_tls(TlsMode::Require, None)).unwrap();
    let (near, far) = pair().await;
    let (near, far) = tokio::join!(client.connect(near, "db.test"), server.accept(far));
    (near.unwrap(), far.unwrap())
}

async fn send(stream: &mut Stream, bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
    stream.flush().await.unwrap();
}

/// Reads until `buf` holds `wanted` bytes, as a session does: wait without a buffer, then read.
async fn read_until(stream: &mut Stream, buf: &mut BytesMut, wanted: usize) {
    while buf.len() < wanted {
        stream.readable().await.unwrap();
        buf.reserve(16);
        match stream.try_read(buf) {
            Ok(0) => panic!("the end"),
            Ok(_) => {}
            Err(e) => assert_eq!(e.kind(), std::io::ErrorKind::WouldBlock),
        }
    }
}

#[test]
fn a_stream_is_small() {
    // mio's sockets are a word larger with debug assertions.
    let limit = if cfg!(debug_assertions) { 56 } else { 48 };
    assert!(size_of::<Stream>() <= limit, "{}", size_of::<Stream>());
    fn sends<T: Send>() {}
    sends::<Detached>();
    sends::<Stream>();
}

#[tokio::test]
async fn waiting_needs_no_buffer() {
    for (mut near, mut far) in [pair().await, tls_pair().await] {
        let quiet = poll_fn(|cx| Poll::Ready(far.poll_read_ready(cx))).await;
        // Under TLS, session tickets may make it ready; a read then tells.
        if quiet.is_ready() {
            let mut buf = BytesMut::with_capacity(16);
            let error = far.try_read(&mut buf).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
        }
        send(&mut near, b"a sentence longer than one read").await;
        let mut buf = BytesMut::new();
        read_until(&mut far, &mut buf, 31).await;
        assert_eq!(&buf[..], b"a sentence longer than one read");
    }
}

#[tokio::test]
async fn plaintext_held_by_tls_counts_as_readable() {
    let (mut near, mut far) = tls_pair().await;
    send(&mut near, &[7; 1000]).await;
    let mut first = BytesMut::with_capacity(10);
    let spare = first.capacity();
    let read = poll_fn(|cx| far.poll_read_buf(cx, &mut first)).await.unwrap();
    assert_eq!(read, spare);
    assert!(poll_fn(|cx| Poll::Ready(far.poll_read_ready(cx))).await.is_ready());
    assert_eq!(far.idle(), Idle::Readable);
    let mut rest = vec![0; 1000 - spare];
    far.read_exact(&mut rest).await.unwrap();
}

#[tokio::test]
async fn one_read_takes_several_tls_records() {
    let (mut near, mut far) = tls_pair().await;
    for _ in 0..3 {
        send(&mut near, &[1; 100]).await;
    }
    let mut buf = BytesMut::with_capacity(4096);
    while buf.len() < 300 {
        poll_fn(|cx| far.poll_read_buf(cx, &mut buf)).await.unwrap();
    }
    assert_eq!(buf.len(), 300);
}

#[tokio::test]
async fn an_idle_stream_tells_whether_it_ended() {
    let (mut near, far) = pair().await;
    assert_eq!(far.idle(), Idle::Quiet);
    send(&mut near, b"x").await;
    far.readable().await.unwrap();
    assert_eq!(far.idle(), Idle::Readable);
    let (near, far) = pair().await;
    drop(near);
    far.readable().await.unwrap();
    assert_eq!(far.idle(), Idle::Closed);
}

#[tokio::test]
async fn vectored_writes_arrive_in_order() {
    for (mut near, mut far) in [pair().await, tls_pair().await] {
        let parts = [std::io::IoSlice::new(b"one "), std::io::IoSlice::new(b"two")];
        assert_eq!(near.write_vectored(&parts).await.unwrap(), 7);
        near.flush().await.unwrap();
        let mut got = [0; 7];
        far.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"one two");
    }
}

/// Half a conversation on one reactor, the other half on another, with bytes on the way meanwhile.
#[test]
fn a_stream_moves_between_reactors() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (home, away) = (runtime(), runtime());
    for tls in [false, true] {
        let (near, far, peer) = home.block_on(async {
            let (mut near, mut far) = if tls { tls_pair().await } else { pair().await };
            send(&mut near, b"before").await;
            far.read_exact(&mut [0; 3]).await.unwrap();
            let peer = far.peer();
            (near, far.detach().unwrap(), peer)
        });
        assert_eq!(far.peer(), peer);
        let far = std::thread::scope(|scope| {
            let there = scope.spawn(|| {
                away.block_on(async {
                    let mut far = far.attach().unwrap();
                    let mut buf = BytesMut::new();
                    read_until(&mut far, &mut buf, 3).await;
                    assert_eq!(&buf[..], b"ore");
                    send(&mut far, b"answer").await;
                    far.detach().unwrap()
                })
            });
            there.join().unwrap()
        });
        home.block_on(async {
            let (mut near, mut far) = (near, far.attach().unwrap());
            let mut got = [0; 6];
            near.read_exact(&mut got).await.unwrap();
            assert_eq!(&got, b"answer");
            // The reactor of its return wakes it again.
            let (_, read) = tokio::join!(send(&mut near, b"again!"), far.read_exact(&mut got));
            read.unwrap();
            assert_eq!(&got, b"again!");
        });
    }
}

#[tokio::test]
async fn tcp_listeners_accept_with_options_set() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let here = [Handle::current()];
        let Ok(mut listeners) = Listener::tcp(address.parse().unwrap(), OPTIONS, &here) else {
            assert!(address.contains("::"), "no IPv4?");
            continue;
        };
        let mut listener = listeners.remove(0);
        let bound = listener.local_addr().unwrap();
        let client = tokio::net::TcpStream::connect(bound).await.unwrap();
        let accepted = listener.accept().await;
        assert_eq!(accepted.peer(), Peer::Tcp(client.local_addr().unwrap()));
        let stream = accepted.detach().unwrap().attach().unwrap();
        assert_eq!(stream.local_addr(), Some(bound));
        assert!(!stream.is_tls() && stream.channel_binding().is_none());
    }
}

#[tokio::test]
async fn a_taken_address_is_named_with_its_setting() {
    // Alone, or with several listeners that share the address among themselves: not with others.
    for count in [1, 3] {
        let runtimes = vec![Handle::current(); count];
        let listeners = Listener::tcp("127.0.0.1:0".parse().unwrap(), OPTIONS, &runtimes).unwrap();
        assert_eq!(listeners.len(), count);
        let taken = listeners[0].local_addr().unwrap();
        for runtimes in [&runtimes[..], &runtimes[..1]] {
            let error = Listener::tcp(taken, OPTIONS, runtimes).unwrap_err().to_string();
            assert!(error.contains(&taken.to_string()) && error.contains("server.listen"), "{error}");
        }
    }
}

#[tokio::test]
async fn whoever_connects_while_it_opens_is_not_thrown_out() {
    let runtimes = [Handle::current(), Handle::current()];
    // Below the ports from which the kernel connects: a client must not meet itself there.
    let mut free = (20_000..32_000).filter(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    for _ in 0..300 {
        let address = ([127, 0, 0, 1], free.next().unwrap()).into();
        let knocks = Arc::new(AtomicUsize::new(0));
        let knocked = knocks.clone();
        let patient = std::thread::spawn(move || {
            loop {
                match std::net::TcpStream::connect(address) {
                    Ok(client) => return client,
                    Err(_) => knocked.fetch_add(1, Ordering::Relaxed),
                };
            }
        });
        while knocks.load(Ordering::Relaxed) == 0 {
            std::hint::spin_loop();
        }
        let _listeners = Listener::tcp(address, OPTIONS, &runtimes).unwrap();
        let mut client = patient.join().unwrap();
        client.set_nonblocking(true).unwrap();
        let heard = std::io::Read::read(&mut client, &mut [0]);
        assert_eq!(heard.map_err(|error| error.kind()), Err(std::io::ErrorKind::WouldBlock));
    }
}

#[tokio::test]
async fn what_is_accepted_inherits_the_options() {
    let runtimes = [Handle::current(), Handle::current()];
    let mut listeners = Listener::tcp("127.0.0.1:0".parse().unwrap(), OPTIONS, &runtimes).unwrap();
    let bound = listeners[0].local_addr().unwrap();
    let _client = tokio::net::TcpStream::connect(bound).await.unwrap();
    let (one, other) = listeners.split_at_mut(1);
    let accepted = tokio::select! {
        accepted = one[0].accept() => accepted,
        accepted = other[0].accept() => accepted,
    };
    let accepted = accepted.detach().unwrap();
    let DetachedKind::Plain(DetachedSocket::Tcp(socket)) = &accepted.kind else { panic!("{accepted:?}") };
    let socket = SockRef::from(socket);
    assert!(socket.tcp_nodelay().unwrap() && socket.nonblocking().unwrap());
    assert_eq!((socket.keepalive().unwrap(), socket.tcp_keepalive_time().unwrap().as_secs()), (true, 60));
}

#[tokio::test]
async fn unix_sockets_replace_the_dead_and_respect_the_living() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".s.PGSQL.6432");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "a dead socket");
    let mut listener = Listener::unix(directory.path(), 6432, 0o770, OPTIONS).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o770);
    let error = Listener::unix(directory.path(), 6432, 0o777, OPTIONS).unwrap_err().to_string();
    assert!(error.contains(".s.PGSQL.6432") && error.contains("another process"), "{error}");
    // The look at the living socket left one connection that ended at once; ours comes behind it.
    drop(listener.accept().await);
    let mut client = UnixStream::connect(&path).await.unwrap();
    let mut stream = listener.accept().await;
    assert_eq!(stream.peer(), Peer::Unix);
    assert!(!stream.starts_with_tls().await.unwrap());
    client.write_all(b"hi").await.unwrap();
    stream.read_exact(&mut [0; 2]).await.unwrap();
    drop(listener);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_in_the_sockets_place_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(".s.PGSQL.6432"), "precious").unwrap();
    let error = Listener::unix(directory.path(), 6432, 0o777, OPTIONS).unwrap_err();
    assert_eq!(error.source.kind(), std::io::ErrorKind::AlreadyExists);
}
