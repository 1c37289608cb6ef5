//! A difference made small: steps are dropped for as long as a difference remains.

use super::stage::{Difference, Script, Stage};

/// How many attempts are made.
const ATTEMPTS: usize = 150;

/// The smallest script found that alone, with one other client, is answered otherwise; `None` if it takes more.
pub async fn shrink(stage: &Stage, script: &Script, at: usize) -> Option<(Script, Difference)> {
    let mut script = script.clone();
    script.steps.truncate(at + 1);
    let mut best = differs(stage, script).await?;
    let mut chunk = best.0.steps.len().div_ceil(2);
    let mut attempts = 0;
    while chunk > 0 && attempts < ATTEMPTS {
        let mut from = 0;
        while from < best.0.steps.len() && attempts < ATTEMPTS {
            let mut less = best.0.clone();
            let to = (from + chunk).min(less.steps.len());
            less.steps.drain(from..to);
            attempts += 1;
            match differs(stage, less).await {
                Some(found) => best = found,
                None => from += chunk,
            }
        }
        chunk /= 2;
    }
    Some(best)
}

async fn differs(stage: &Stage, mut script: Script) -> Option<(Script, Difference)> {
    stage.renew().await;
    stage.reset().await;
    stage.answer_again(&mut script).await;
    let difference = stage.compare(&script, stage.noise().await).await?;
    script.steps.truncate(difference.at + 1);
    Some((script, difference))
}
