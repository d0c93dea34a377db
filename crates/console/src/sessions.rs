//! Log-ins of browsers: a random id in a cookie, its hash in memory. A restart logs everybody out.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use case::Digest;
use jiff::{SignedDuration, Timestamp};

use crate::{Person, limits::SESSIONS, tokens::random_hex};

#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<Digest, Session>>);

#[derive(Debug)]
struct Session {
    person: Person,
    until: Timestamp,
}

impl Sessions {
    /// Opens a session and returns its id. The oldest goes when there are too many.
    pub(crate) fn open(
        &self,
        person: Person,
        now: Timestamp,
        lasts: SignedDuration,
    ) -> Result<(String, Timestamp), getrandom::Error> {
        let id = random_hex()?;
        let until = now.saturating_add(lasts).unwrap_or(now);
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| now < session.until);
        if sessions.len() >= SESSIONS {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.until).map(|(id, _)| *id);
            oldest.and_then(|id| sessions.remove(&id));
        }
        sessions.insert(Digest::of_bytes(id.as_bytes()), Session { person, until });
        Ok((id, until))
    }

    /// Whose session this is. Ids are looked up by their hash, so the time it takes says nothing about them.
    pub(crate) fn person(&self, id: &str, now: Timestamp) -> Option<Person> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(&Digest::of_bytes(id.as_bytes()))?;
        (now < session.until).then(|| session.person.clone())
    }

    pub(crate) fn close(&self, id: &str) -> Option<Person> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&Digest::of_bytes(id.as_bytes())).map(|session| session.person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn a_session_ends_by_itself_or_when_it_is_closed_and_their_number_is_bounded() {
        let sessions = Sessions::default();
        let now = Timestamp::UNIX_EPOCH;
        let hour = SignedDuration::from_hours(1);
        let ana = Person { name: "ana".into(), role: Role::Viewer };
        let (first, until) = sessions.open(ana.clone(), now, hour).unwrap();
        assert_eq!(sessions.person(&first, now), Some(ana.clone()));
        assert_eq!(sessions.person(&first, until), None);
        assert_eq!(sessions.person("", now), None);

        let later = now + SignedDuration::from_secs(1);
        let (closed, _) = sessions.open(ana.clone(), later, hour).unwrap();
        assert_eq!(sessions.close(&closed), Some(ana.clone()));
        assert_eq!(sessions.person(&closed, later), None);

        for _ in 0..SESSIONS {
            sessions.open(ana.clone(), later, hour).unwrap();
        }
        assert_eq!(sessions.person(&first, later), None, "the oldest went");
        assert_eq!(sessions.0.lock().unwrap().len(), SESSIONS);
    }
}
