//! A command of docker's own client, as part of Compose: `compose exec` is `docker exec` once its container is known.

use std::fmt;
use std::sync::Arc;

use super::{Bench, Job, Step};
use crate::client::commands::{self, Call, Invocation};
use crate::client::compose::ComposeError;
use crate::client::execute;
use crate::client::program::{Flow, Task};

/// A command under way.
#[derive(Clone)]
pub struct Docker {
    invocation: Arc<Invocation>,
    task: Box<dyn Task>,
}

impl fmt::Debug for Docker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Docker").field("path", &self.invocation.path).finish_non_exhaustive()
    }
}

impl Docker {
    /// The job that does what `docker WORDS…` does, and ends as it does.
    ///
    /// # Errors
    /// What docker refuses of the words.
    pub fn job<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Box<dyn Job>, ComposeError> {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let invocation = match commands::parse(&words) {
            Ok(Call::Run(invocation)) => *invocation,
            Ok(_) => return Err(ComposeError::NotModelled(words.join(" "))),
            Err(error) => return Err(ComposeError::Message(error.to_string())),
        };
        if let Some(refusal) = invocation.refusal() {
            return Err(ComposeError::Message(refusal));
        }
        let Some(task) = execute::task(&invocation) else {
            return Err(ComposeError::NotModelled(invocation.path));
        };
        Ok(Box::new(Docker { invocation: Arc::new(invocation), task }))
    }
}

impl Job for Docker {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        // It sees to signals as it would alone.
        bench.site.takes_signals = true;
        let own = std::mem::replace(&mut bench.client.invocation, self.invocation.clone());
        let flow = loop {
            match self.task.resume(bench.client, bench.system) {
                Flow::Then(task) => self.task = task,
                flow => break flow,
            }
        };
        bench.client.invocation = own;
        match flow {
            Flow::Wait(wait) => Ok(Some(wait)),
            Flow::Done(code) => {
                bench.site.exit_code = code;
                Ok(None)
            }
            Flow::Then(_) => Ok(None),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
