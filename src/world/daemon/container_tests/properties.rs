//! What holds after any sequence of requests.

use proptest::prelude::*;

use super::*;

/// A request of a random sequence; containers are named by small numbers.
fn any_request() -> impl Strategy<Value = Request> {
    let name = (0..4_u8).prop_map(|number| format!("c{number}"));
    let text = |name: String| name;
    prop_oneof![
        4 => (name.clone(), 0..5_u8).prop_map(|(name, kind)| {
            let words = ["do", ["say:x", "sleep:5000", "exit:1", "write:/etc/mark=1", "use:100"][usize::from(kind)]];
            let cmd = Some(words.map(str::to_owned).to_vec());
            let config = ContainerConfig { image: "box".into(), run: RunConfig { cmd, ..RunConfig::default() }, ..Default::default() };
            let host_config = match kind {
                1 => policy("always", 0),
                2 => HostConfig { auto_remove: true, binds: vec!["v1:/data".into()], ..plain() },
                4 => memory(50 << 20),
                _ => plain(),
            };
            let create = CreateContainer { name: Some(name), config, host_config, ..CreateContainer::default() };
            Request::ContainerCreate(Arc::new(create))
        }),
        4 => name.clone().prop_map(|container| Request::ContainerStart { container }),
        2 => (name.clone(), -1..3_i64).prop_map(|(container, timeout)| {
            Request::ContainerStop { container, signal: None, timeout: Some(timeout) }
        }),
        1 => (name.clone(), 0..2_i64).prop_map(|(container, timeout)| {
            Request::ContainerRestart { container, signal: None, timeout: Some(timeout) }
        }),
        1 => name.clone().prop_map(|container| Request::ContainerKill { container, signal: None }),
        1 => name.clone().prop_map(|container| Request::ContainerPause { container }),
        1 => name.clone().prop_map(|container| Request::ContainerUnpause { container }),
        2 => (name.clone(), any::<bool>()).prop_map(|(container, force)| Request::ContainerRemove { container, force, volumes: force }),
        1 => (name.clone(), name.clone()).prop_map(|(container, name)| Request::ContainerRename { container, name }),
        1 => name.clone().prop_map(move |container| Request::NetworkConnect {
            network: "bridge".into(), container: text(container), endpoint: Box::default()
        }),
        1 => name.clone().prop_map(|container| Request::NetworkDisconnect { network: "bridge".into(), container, force: false }),
        1 => name.clone().prop_map(|container| Request::ContainerInspect { container, size: true }),
        1 => Just(Request::VolumePrune { filters: Filters::new() }),
        1 => Just(Request::ContainerList { all: true, last: None, size: true, filters: Filters::new() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_requests_changes_an_image_and_the_same_sequence_gives_the_same(
        steps in proptest::collection::vec((any_request(), 0..4000_u64), 1..25)
    ) {
        let mut bench = Bench::new();
        let image = bench.machine.daemon.images.find("box").expect("the image");
        let before = image.layers()[0].changes().clone();
        let mut other = bench.clone();
        for (request, milliseconds) in &steps {
            let answer = bench.ask(request.clone());
            prop_assert_eq!(&answer, &other.ask(request.clone()));
            bench.run(*milliseconds);
            other.run(*milliseconds);
            // A container has a process if and only if it runs.
            for container in bench.machine.daemon.containers.values() {
                prop_assert_eq!(container.state.status.is_running(), container.state.pid.is_some());
                let processes = bench.machine.kernel.processes_of(&container.id).count();
                prop_assert_eq!(container.state.status.is_running(), processes > 0);
            }
        }
        prop_assert_eq!(&bench.context.events, &other.context.events);
        prop_assert_eq!(image.layers()[0].changes(), &before);
    }
}
