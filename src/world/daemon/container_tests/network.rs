//! Ports and names of containers on networks.

use super::*;
use crate::world::daemon::api::{AddressConfig, CreateNetwork};

#[test]
fn a_port_that_is_taken_is_refused_at_the_start() {
    let mut bench = Bench::new();
    let publish = |port: &str| {
        let binding = PortBinding { host_ip: String::new(), host_port: port.to_owned() };
        HostConfig { port_bindings: BTreeMap::from([("80/tcp".to_owned(), vec![binding])]), ..plain() }
    };
    bench.go("aa", &["sleep:300000"], publish("8080"));
    bench.create("bb", &["sleep:300000"], publish("8080")).expect("created");
    let error = bench.start("bb").expect_err("the port is taken");
    assert!(
        error.message.starts_with(
            "failed to set up container networking: driver failed programming external connectivity on endpoint bb ("
        ) && error.message.ends_with("): Bind for 0.0.0.0:8080 failed: port is already allocated"),
        "{}",
        error.message
    );
    assert_eq!(bench.status("bb"), Status::Created);
    bench.go("cc", &["sleep:300000"], publish(""));
    assert_eq!(bench.inspect("cc")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"], "32768");
    // The address that b had for a moment is free again.
    assert_eq!(bench.inspect("cc")["NetworkSettings"]["IPAddress"], "172.17.0.3");
    bench.stop("aa", Some(0)).expect("stopped");
    bench.run(1);
    bench.start("bb").expect("the port is free");
    assert_eq!(bench.inspect("bb")["NetworkSettings"]["IPAddress"], "172.17.0.2");
}

#[test]
fn names_are_known_on_networks_that_a_user_made() {
    let mut bench = Bench::new();
    let create = |name: &str, subnet: Option<&str>| {
        let chosen = |subnet: &str| AddressConfig { subnet: subnet.to_owned(), ..AddressConfig::default() };
        let addresses = subnet.into_iter().map(chosen).collect();
        Request::NetworkCreate(Box::new(CreateNetwork { name: name.into(), addresses, ..CreateNetwork::default() }))
    };
    bench.ask(create("app", None)).expect("created");
    assert_eq!(bench.ask(create("app", None)).expect_err("twice").message, "network with name app already exists");
    assert_eq!(bench.ask(create("xx", Some("172.18.5.0/24"))).expect_err("overlap").status, 403);
    let on_app = || HostConfig { network_mode: "app".into(), ..plain() };
    bench.go("db", &["sleep:1000"], on_app());
    bench.go("web", &["cat:/etc/resolv.conf", "sleep:300000"], on_app());
    bench.run(1);
    assert!(bench.text("web").contains("\n\nnameserver 127.0.0.11\n"), "{}", bench.text("web"));
    let namespace = bench.machine.daemon.find("web").expect("there").namespaces.expect("it runs").network;
    let resolve = |bench: &Bench, name: &str| bench.machine.kernel.networks.resolve(namespace, name);
    assert_eq!(resolve(&bench, "db").map(|address| address.to_string()), Some("172.18.0.2".to_owned()));
    let error = bench.ask(Request::NetworkRemove { name: "app".into() }).expect_err("in use");
    assert!(error.message.starts_with("error while removing network: network app has active endpoints (name:\""));
    bench.run(2_000);
    assert_eq!(resolve(&bench, "db"), None);
    bench.create("lost", &[], HostConfig { network_mode: "nosuch".into(), ..plain() }).expect("created");
    let error = bench.start("lost").expect_err("no such network");
    assert_eq!(error.message, "failed to set up container networking: network nosuch not found");
}
