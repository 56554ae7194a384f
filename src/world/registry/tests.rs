//! What registries give, take and refuse.

use std::borrow::Cow;
use std::sync::Arc;

use rstest::rstest;

use super::catalogue::{Catalogue, Files};
use super::manifest::ManifestFormat;
use super::platform::Platform;
use super::{Asker, Credentials, DOCKER_HUB, Registry, RegistryError, Selector, Served};
use crate::world::clock::Time;

const INDEX: &str = r#"
format = 1

[registries."localhost:5000"]
push = true

[registries."private.example.com"]
push = true
users = { alice = "secret" }

[registries."docker.io"]
users = { alice = "hub" }

[repositories.app]
about = "An application."
tags = { latest = "one", "1" = "one", both = ["one", "other"] }

[[repositories.app.moved]]
at = 2026-01-01T00:00:00Z
tags = { latest = "two", "2" = "two" }

[repositories."private.example.com/team/tool"]
tags = { latest = "one" }
"#;

fn image(text: &str, platform: &str) -> String {
    format!(
        "platform = \"{platform}\"\nmanifest = \"docker\"\n[[step]]\nfiles = [{{ path = \"/a\", text = \"{text}\" }}]\n"
    )
}

fn registry() -> Registry {
    let file = |name: &'static str, text: String| (Cow::Borrowed(name), Cow::Owned(text.into_bytes()));
    let files = Files::from([
        file("catalogue.toml", INDEX.to_owned()),
        file("images/one.toml", image("one", "linux/amd64")),
        file("images/two.toml", image("two", "linux/amd64")),
        file("images/other.toml", image("one", "linux/arm64/v8")),
    ]);
    let catalogue = Catalogue::open(files).and_then(|catalogue| catalogue.check().map(|()| catalogue));
    Registry::of(&Arc::new(catalogue.unwrap_or_else(|found| panic!("{}", found.render_short()))))
}

fn at(text: &str) -> Time {
    Time::parse_rfc3339(text).expect("a moment")
}

const BEFORE: &str = "2025-06-01T00:00:00Z";
const AFTER: &str = "2026-06-01T00:00:00Z";

fn pulled(registry: &Registry, host: &str, name: &str, tag: &str, now: &str) -> Result<Served, RegistryError> {
    registry.pull(host, name, Selector::Tag(tag), Asker::anonymous(at(now)))
}

#[test]
fn a_tag_moves_when_its_time_has_come_and_the_digest_stays() {
    let registry = registry();
    let old = pulled(&registry, DOCKER_HUB, "library/app", "latest", BEFORE).unwrap();
    let new = pulled(&registry, DOCKER_HUB, "library/app", "latest", AFTER).unwrap();
    assert_ne!(old.digest, new.digest);
    let unknown = RegistryError::ManifestUnknown { reference: "app:2".to_owned() };
    assert_eq!(pulled(&registry, DOCKER_HUB, "library/app", "2", BEFORE), Err(unknown));
    let by_digest = Selector::Digest(old.digest);
    assert_eq!(registry.pull(DOCKER_HUB, "library/app", by_digest, Asker::anonymous(at(AFTER))), Ok(old));
}

#[test]
fn a_pushed_tag_counts_until_its_publisher_moves_it() {
    let mut registry = registry();
    let alice = Credentials { user: "alice".to_owned(), password: "hub".to_owned() };
    let image = pulled(&registry, DOCKER_HUB, "library/app", "1", BEFORE).unwrap().variants[0].image.clone();
    let before = registry.clone();
    let asker = Asker { credentials: Some(&alice), now: at(BEFORE) };
    let manifest = image.manifest(ManifestFormat::Docker);
    let digest = registry.put_manifest(DOCKER_HUB, "alice/app", Some("1"), &image, manifest.clone(), asker).unwrap();
    assert_eq!(pulled(&registry, DOCKER_HUB, "alice/app", "1", AFTER).unwrap().digest, digest);
    assert!(pulled(&before, DOCKER_HUB, "alice/app", "1", AFTER).is_err(), "a clone keeps the past");
    let denied = registry.put_manifest(DOCKER_HUB, "library/app", Some("1"), &image, manifest, asker);
    assert_eq!(denied, Err(RegistryError::PushDenied));
}

#[test]
fn an_index_leads_to_the_image_of_a_platform() {
    let registry = registry();
    let both = pulled(&registry, DOCKER_HUB, "library/app", "both", BEFORE).unwrap();
    let chosen = both.choose(&Platform::linux("arm64")).unwrap();
    assert_eq!(chosen.image.platform().to_string(), "linux/arm64/v8");
    let none = both.choose(&Platform::linux("s390x")).unwrap_err();
    assert_eq!(none.to_string(), "no matching manifest for linux/s390x in the manifest list entries");
    let by_digest = Selector::Digest(chosen.digest);
    let alone = registry.pull(DOCKER_HUB, "library/app", by_digest, Asker::anonymous(at(BEFORE))).unwrap();
    assert_eq!((alone.index, alone.digest), (None, chosen.digest));
}

#[rstest]
#[case(None, "private.example.com: no credentials were given")]
#[case(Some("wrong"), "private.example.com: unknown user or wrong password")]
fn a_private_registry_shows_nothing_to_strangers(#[case] password: Option<&str>, #[case] refusal: &str) {
    let registry = registry();
    let credentials = password.map(|password| Credentials { user: "alice".to_owned(), password: password.to_owned() });
    let asker = Asker { credentials: credentials.as_ref(), now: at(BEFORE) };
    let tag = Selector::Tag("latest");
    let error = registry.pull("private.example.com", "team/tool", tag, asker).unwrap_err();
    assert_eq!(error.to_string(), refusal);
    assert_eq!(registry.may_push("private.example.com", "team/new", asker), Err(error));
    let alice = Credentials { user: "alice".to_owned(), password: "secret".to_owned() };
    let asker = Asker { credentials: Some(&alice), now: at(BEFORE) };
    assert!(registry.pull("private.example.com", "team/tool", tag, asker).is_ok());
    assert_eq!(registry.may_push("private.example.com", "team/new", asker), Ok(()));
}

#[rstest]
#[case("localhost:5999", "Get \"http://localhost:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused")]
#[case(
    "no.example.com",
    "Get \"https://no.example.com/v2/\": dial tcp: lookup no.example.com on 192.168.64.1:53: no such host"
)]
#[case("10.1.2.3:5000", "Get \"https://10.1.2.3:5000/v2/\": dial tcp 10.1.2.3:5000: connect: no route to host")]
fn a_host_that_is_not_there_is_told_in_the_words_of_go(#[case] host: &str, #[case] text: &str) {
    assert_eq!(registry().reach(host).unwrap_err().to_string(), text);
}

#[test]
fn a_search_finds_names_and_descriptions() {
    let found = registry().search("applic");
    assert_eq!(found.iter().map(|found| (&*found.name, found.official)).collect::<Vec<_>>(), [("app", true)]);
    assert_eq!(registry().search("nosuch"), []);
}
