//! The contract suite of `Objects`; every implementation passes it, inside workerd too.

use bytes::Bytes;
use futures::future::join_all;

use super::{Expected, Object, Objects, ObjectsError, Put, Version};

/// The result of one check of a port's contract.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The port's name, such as `Objects`.
    pub port: &'static str,
    /// The promise, in one sentence.
    pub promise: &'static str,
    /// True if the promise was kept.
    pub kept: bool,
    /// The first violation; `None` if the promise was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Checks every promise on `objects`; writes only under `contract/RUN_ID/`, which must be empty.
pub async fn objects_contract(objects: &impl Objects, run_id: &str) -> Vec<Finding> {
    let store = Store { objects, run_id };
    vec![
        finding("a missing key reads as nothing", store.missing().await),
        finding("written bytes are read back unchanged", store.round_trip().await),
        finding("an empty object is an object", store.empty().await),
        finding("a put on an expected absence writes once", store.put_if_absent().await),
        finding("a put on an expected version writes once", store.put_if_version().await),
        finding("of many writers at once one writes", store.race().await),
        finding("a put on a version of a missing key is a conflict", store.put_on_missing().await),
        finding("a list is ordered, prefixed and complete", store.list().await),
        finding("a list goes on after a key", store.list_after().await),
    ]
}

fn finding(promise: &'static str, result: Result<(), Fault>) -> Finding {
    let fault = result.err().map(|Fault(fault)| fault);
    Finding { port: "Objects", promise, kept: fault.is_none(), fault }
}

struct Fault(String);

impl From<ObjectsError> for Fault {
    fn from(error: ObjectsError) -> Self {
        Self(error.to_string())
    }
}

fn expect(holds: bool, otherwise: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault(otherwise.to_owned())) }
}

struct Store<'a, O> {
    objects: &'a O,
    run_id: &'a str,
}

impl<O: Objects> Store<'_, O> {
    fn key(&self, name: &str) -> String {
        format!("contract/{}/{name}", self.run_id)
    }

    async fn read(&self, name: &str) -> Result<Object, Fault> {
        let object = self.objects.get(&self.key(name)).await?;
        object.ok_or_else(|| Fault(format!("`{name}` should be there")))
    }

    async fn put(&self, name: &str, bytes: &'static [u8], expected: Expected) -> Result<Put, Fault> {
        Ok(self.objects.put_if(&self.key(name), Bytes::from_static(bytes), expected).await?)
    }

    async fn missing(&self) -> Result<(), Fault> {
        expect(self.objects.get(&self.key("missing")).await?.is_none(), "nothing should be read")
    }

    async fn round_trip(&self) -> Result<(), Fault> {
        let bytes: Bytes = (0..=255_u8).cycle().take(300_000).collect();
        let put = self.objects.put_if(&self.key("round-trip"), bytes.clone(), Expected::Absent).await?;
        expect(put == Put::Written, "the first write should write")?;
        expect(self.read("round-trip").await?.bytes == bytes, "the bytes should be the same")
    }

    async fn empty(&self) -> Result<(), Fault> {
        self.put("empty", b"", Expected::Absent).await?;
        expect(self.read("empty").await?.bytes.is_empty(), "it should be there and empty")?;
        expect(self.put("empty", b"x", Expected::Absent).await? == Put::Conflict, "it should not count as absent")
    }

    async fn put_if_absent(&self) -> Result<(), Fault> {
        expect(self.put("absent", b"one", Expected::Absent).await? == Put::Written, "the first should write")?;
        expect(self.put("absent", b"two", Expected::Absent).await? == Put::Conflict, "the second should not")?;
        expect(self.read("absent").await?.bytes == "one", "the first content should stay")
    }

    async fn put_if_version(&self) -> Result<(), Fault> {
        self.put("version", b"one", Expected::Absent).await?;
        let seen = self.read("version").await?.version;
        expect(
            self.put("version", b"two", Expected::Version(seen.clone())).await? == Put::Written,
            "a writer who has read the content should replace it",
        )?;
        expect(
            self.put("version", b"three", Expected::Version(seen.clone())).await? == Put::Conflict,
            "a writer who has read older content should not",
        )?;
        let now = self.read("version").await?;
        expect(now.bytes == "two", "the second content should stay")?;
        expect(now.version != seen, "other content should have another version")
    }

    async fn race(&self) -> Result<(), Fault> {
        for round in ["one", "two"] {
            let key = self.key("race");
            let expected =
                self.objects.get(&key).await?.map_or(Expected::Absent, |seen| Expected::Version(seen.version));
            let writers = (0..8)
                .map(|writer| self.objects.put_if(&key, Bytes::from(format!("{round} {writer}")), expected.clone()));
            let outcomes = join_all(writers).await;
            let written: Vec<usize> =
                (0..).zip(&outcomes).filter(|(_, put)| **put == Ok(Put::Written)).map(|(at, _)| at).collect();
            let [winner] = written[..] else {
                return Err(Fault(format!("one of {outcomes:?} should have written")));
            };
            expect(
                self.read("race").await?.bytes == format!("{round} {winner}"),
                "the content should be that of the one who wrote",
            )?;
        }
        Ok(())
    }

    async fn put_on_missing(&self) -> Result<(), Fault> {
        self.put("seen", b"x", Expected::Absent).await?;
        let version = self.read("seen").await?.version;
        expect(
            self.put("unseen", b"x", Expected::Version(version)).await? == Put::Conflict,
            "a version of another object should not match nothing",
        )?;
        expect(
            self.put("unseen", b"x", Expected::Version(Version("0".to_owned()))).await? == Put::Conflict,
            "nor should an invented one",
        )?;
        expect(self.objects.get(&self.key("unseen")).await?.is_none(), "nothing should have been written")
    }

    async fn list(&self) -> Result<(), Fault> {
        // `.` sorts before digits: the keys of a minute's later parts rely on the order of bytes.
        let ordered = ["list/a.ndjson", "list/a.ndjson.002", "list/b-1", "list/b.1", "list/b1"];
        for name in ["list/b1", "list/a.ndjson.002", "list/b.1", "list/a.ndjson", "list/b-1", "list-not"] {
            self.put(name, b"x", Expected::Absent).await?;
        }
        let expected: Vec<String> = ordered.iter().map(|name| self.key(name)).collect();
        let keys = self.objects.list(&self.key("list/"), None, 1000).await?;
        expect(keys == expected, &format!("{expected:?} should be listed, not {keys:?}"))?;
        let keys = self.objects.list(&self.key("list/nothing"), None, 1000).await?;
        expect(keys.is_empty(), "a prefix that nothing has should list nothing")
    }

    async fn list_after(&self) -> Result<(), Fault> {
        for name in ["after/1", "after/2", "after/3", "after/4"] {
            self.put(name, b"x", Expected::Absent).await?;
        }
        let keys = self.objects.list(&self.key("after/"), Some(&self.key("after/1")), 2).await?;
        expect(keys == [self.key("after/2"), self.key("after/3")], "two keys after the first should be listed")?;
        let keys = self.objects.list(&self.key("after/"), Some(&self.key("after/25")), 1000).await?;
        expect(keys == [self.key("after/3"), self.key("after/4")], "a key that isn't there should do as a mark")?;
        let keys = self.objects.list(&self.key("after/"), Some(&self.key("after/4")), 1000).await?;
        expect(keys.is_empty(), "after the last there should be nothing")
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::objects::memory::MemoryObjects;

    #[test]
    fn memory_keeps_the_contract() {
        let report = objects_contract(&MemoryObjects::new(), "memory").now_or_never();
        let faults: Vec<Finding> =
            report.expect("memory should never wait").into_iter().filter(|finding| !finding.kept).collect();
        assert_eq!(faults, [], "every promise should be kept");
    }

    /// A store that ignores the condition, as a plain put does.
    struct Careless(MemoryObjects);

    impl Objects for Careless {
        async fn get(&self, key: &str) -> Result<Option<Object>, ObjectsError> {
            self.0.get(key).await
        }

        async fn put_if(&self, key: &str, bytes: Bytes, _: Expected) -> Result<Put, ObjectsError> {
            let expected = self.0.get(key).await?.map_or(Expected::Absent, |object| Expected::Version(object.version));
            self.0.put_if(key, bytes, expected).await
        }

        async fn list(&self, prefix: &str, _: Option<&str>, limit: usize) -> Result<Vec<String>, ObjectsError> {
            self.0.list(prefix, None, limit).await
        }
    }

    #[test]
    fn careless_store_fails_the_contract() {
        let report = objects_contract(&Careless(MemoryObjects::new()), "careless").now_or_never();
        let faults = report.expect("memory should never wait").iter().filter(|check| check.fault.is_some()).count();
        assert_eq!(faults, 6, "each promise about conditions or going on should be found broken");
    }
}
