//! The life of a container: created, started, stopped, restarted, killed, paused, removed; its names, and how it is.

use super::*;

#[test]
fn a_container_runs_writes_and_ends() {
    let mut bench = Bench::new();
    let id = bench.go("one", &["say:hello", "pid", "exit:7"], plain());
    assert_eq!(bench.status("one"), Status::Running);
    bench.run(1);
    assert_eq!(bench.status("one"), Status::Exited);
    assert_eq!(bench.text("one"), format!("hello\n1 {}\n", &id[..12]));
    assert_eq!(bench.waited("one"), Some(WaitResult { exit_code: 7, error: None }));
    bench.run(61_000);
    assert_eq!(bench.rows(&[]).expect("a list")[0].status, "Exited (7) About a minute ago");
    assert_eq!(bench.machine.kernel.processes_of(&id).count(), 0);
}

#[test]
fn the_process_finds_its_environment_user_and_files() {
    let mut bench = Bench::new();
    let run = RunConfig {
        cmd: Some(["do", "env", "who", "cat:/etc/hostname", "cat:/etc/hosts"].map(str::to_owned).to_vec()),
        user: "app".into(),
        working_dir: "/work/here".into(),
        env: vec!["A=1".into()],
        ..RunConfig::default()
    };
    let id = bench.create_with("ee", run, plain()).expect("created");
    bench.start("ee").expect("started");
    bench.run(1);
    let short = &id[..12];
    let text = bench.text("ee");
    let start = format!(
        "PATH=/bin\nHOSTNAME={short}\nA=1\nHOME=/home/app\n1000:1000 [1, 1000] /work/here\n{short}\n127.0.0.1\tlocalhost\n"
    );
    assert!(text.starts_with(&start), "{text}");
    assert!(text.ends_with(&format!("172.17.0.2\t{short}\n")), "{text}");
}

#[test]
fn what_cannot_be_run_is_refused_in_runcs_words_and_stays_created() {
    let prefix = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: \
                  unable to start container process: error during container init: ";
    for (path, why, code) in [
        ("nosuch", "exec: \"nosuch\": executable file not found in $PATH", 127),
        ("/no/such", "exec: \"/no/such\": stat /no/such: no such file or directory", 127),
        ("/etc/passwd", "exec: \"/etc/passwd\": permission denied", 126),
        ("/etc", "exec: \"/etc\": is a directory: permission denied", 126),
    ] {
        let mut bench = Bench::new();
        let run = RunConfig { cmd: Some(vec![path.to_owned()]), ..RunConfig::default() };
        bench.create_with("xx", run, plain()).expect("created");
        let error = bench.start("xx").expect_err("it cannot run");
        assert_eq!(error.message, format!("{prefix}{why}"));
        let state = &bench.machine.daemon.find("xx").expect("there").state;
        assert_eq!((state.status, state.exit_code), (Status::Created, code));
        assert_eq!(bench.rows(&[]).expect("a list")[0].status, "Created");
    }
    let mut bench = Bench::new();
    let run = RunConfig { cmd: Some(vec!["broken".to_owned()]), ..RunConfig::default() };
    bench.create_with("xx", run, plain()).expect("created");
    bench.start("xx").expect("runc starts it");
    bench.run(1);
    assert_eq!(bench.waited("xx").map(|result| result.exit_code), Some(255));
    assert_eq!(bench.text("xx"), "exec /bin/broken: exec format error\n");
}

#[test]
fn stop_is_term_and_after_its_time_kill() {
    let mut bench = Bench::new();
    bench.go("deaf", &["sleep:300000"], plain());
    bench.go("hears", &["catch:TERM", "sleep:300000"], plain());
    bench.run(1);
    for name in ["deaf", "hears"] {
        assert_eq!(bench.stop(name, Some(3)), Ok(Response::Done));
    }
    bench.run(2_999);
    assert_eq!((bench.status("deaf"), bench.waited("deaf")), (Status::Running, None));
    assert_eq!(bench.waited("hears").map(|result| result.exit_code), Some(42));
    bench.run(2);
    assert_eq!(bench.waited("deaf").map(|result| result.exit_code), Some(137));
    assert_eq!(bench.stop("deaf", None), Ok(Response::NotModified));
    let error = bench.ask(Request::ContainerKill { container: "deaf".into(), signal: None }).expect_err("it is dead");
    assert!(
        error.message.starts_with("cannot kill container: deaf: container ")
            && error.message.ends_with(" is not running")
    );
    bench.go("init", &["sleep:300000"], HostConfig { init: Some(true), ..plain() });
    bench.run(1);
    bench.stop("init", None).expect("stopping");
    bench.run(1);
    assert_eq!(bench.waited("init").map(|result| result.exit_code), Some(143));
}

#[test]
fn restart_policies_keep_dockers_times() {
    let mut bench = Bench::new();
    bench.go("always", &["exit:1"], policy("always", 0));
    bench.go("twice", &["say:try", "exit:3"], policy("on-failure", 2));
    bench.go("well", &["exit:0"], policy("on-failure", 0));
    let starts = |bench: &Bench| {
        let daemon = &bench.machine.daemon;
        daemon.find("always").expect("there").state.restart_count
    };
    // Delays of 100, 200, 400 ms, and each time 250 ms for the start: exits at 0, 350, 800, 1450 ms.
    for (milliseconds, count) in [(340, 1), (20, 2), (430, 2), (20, 3), (630, 3), (20, 4)] {
        bench.run(milliseconds);
        assert_eq!(starts(&bench), count);
    }
    bench.run(3_000);
    assert_eq!(bench.status("always"), Status::Restarting);
    assert_eq!(bench.inspect("always")["State"]["Running"], true);
    assert_eq!(bench.machine.daemon.find("twice").expect("there").state.restart_count, 2);
    assert_eq!((bench.status("twice"), bench.text("twice")), (Status::Exited, "try\ntry\ntry\n".to_owned()));
    assert_eq!(bench.machine.daemon.find("well").expect("there").state.restart_count, 0);
    bench.stop("always", None).expect("stopped");
    bench.run(100_000);
    assert_eq!(bench.status("always"), Status::Exited);
    bench.go("killed", &["sleep:300000"], policy("always", 0));
    bench.ask(Request::ContainerKill { container: "killed".into(), signal: None }).expect("killed");
    bench.run(1_000);
    assert_eq!(bench.status("killed"), Status::Exited);
}

#[test]
fn restart_starts_again_after_the_stop() {
    let mut bench = Bench::new();
    bench.go("rr", &["say:up", "sleep:300000"], plain());
    bench.run(1);
    let restart = Request::ContainerRestart { container: "rr".into(), signal: None, timeout: Some(1) };
    assert_eq!(bench.ask(restart), Ok(Response::ExitCount(0)));
    bench.run(1_500);
    assert_eq!((bench.status("rr"), bench.text("rr")), (Status::Running, "up\nup\n".to_owned()));
}

#[test]
fn a_container_over_its_memory_is_killed() {
    let mut bench = Bench::new();
    bench.go("oom", &["use:10", "say:small", "use:100", "say:large"], memory(64 << 20));
    bench.run(1);
    let state = bench.inspect("oom")["State"].clone();
    assert_eq!((&state["OOMKilled"], &state["ExitCode"]), (&true.into(), &137.into()));
    assert_eq!(bench.text("oom"), "small\n");
}

#[test]
fn names_are_checked_and_given_back() {
    let mut bench = Bench::new();
    let id = bench.create("web", &[], plain()).expect("created");
    let error = bench.create("web", &[], plain()).expect_err("the name is taken");
    assert_eq!(
        (error.status, error.message),
        (
            409,
            format!(
                "Conflict. The container name \"/web\" is already in use by container \"{id}\". You have to remove (or rename) that \
                 container to be able to reuse that name."
            )
        )
    );
    assert_eq!(bench.create("-x", &[], plain()).expect_err("no name").status, 400);
    bench
        .ask(Request::ContainerRemove { container: id[..6].to_owned(), force: false, volumes: false })
        .expect("removed");
    bench.create("web", &[], plain()).expect("the name is free");
    let unnamed = bench.create("", &[], plain()).expect("created");
    let name = bench.machine.daemon.find(&unnamed).expect("there").name.clone();
    assert!(name.contains('_'), "{name}");
}

#[test]
fn removing_what_runs_must_be_forced() {
    let mut bench = Bench::new();
    let id = bench.go("rr", &["sleep:300000"], plain());
    let remove = |force| Request::ContainerRemove { container: "rr".into(), force, volumes: false };
    let error = bench.ask(remove(false)).expect_err("it runs");
    assert_eq!(
        error.message,
        "cannot remove container \"rr\": container is running: stop the container before removing or force remove"
    );
    bench.ask(remove(true)).expect("removed");
    assert!(bench.machine.daemon.containers.is_empty());
    assert_eq!(bench.machine.kernel.processes_of(&id).count(), 0);
    let gone = bench.go("gone", &["say:bye", "exit:5"], HostConfig { auto_remove: true, ..plain() });
    bench.run(1);
    assert!(bench.machine.daemon.find("gone").is_err());
    assert_eq!(bench.text(&gone), "bye\n");
    let wait = Request::ContainerWait { container: gone, condition: WaitCondition::Removed };
    assert_eq!(bench.ask(wait), Ok(Response::Waited(Some(WaitResult { exit_code: 5, error: None }))));
}

#[test]
fn an_exec_runs_in_the_container() {
    let mut bench = Bench::new();
    let id = bench.go("xx", &["write:/mark=seen", "sleep:1000"], plain());
    bench.run(1);
    let exec = |bench: &mut Bench, words: &[&str]| -> Result<(String, Option<i32>), ApiError> {
        let config =
            ExecConfig { command: words.iter().map(|word| (*word).to_owned()).collect(), ..ExecConfig::default() };
        let created = bench.ask(Request::ExecCreate { container: "xx".into(), exec: Box::new(config) })?;
        let Response::Created { id, .. } = created else { panic!("{created:?}") };
        bench.ask(Request::ExecStart { exec: id.clone() })?;
        bench.run(1);
        let Response::Output(output) = bench.ask(Request::ExecOutput { exec: id.clone(), from: 0 })? else { panic!() };
        let Response::Exec { exit_code, .. } = bench.ask(Request::ExecInspect { exec: id })? else { panic!() };
        let text = output.pieces.iter().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).collect();
        Ok((text, exit_code))
    };
    let ran = exec(&mut bench, &["do", "cat:/mark", "exit:9"]);
    assert_eq!(ran, Ok(("seen".to_owned(), Some(9))));
    let failed = exec(&mut bench, &["nosuch"]).expect("started");
    let why = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH\r\n";
    assert_eq!(failed, (why.to_owned(), Some(127)));
    let long = ExecConfig { command: vec!["do".into(), "sleep:300000".into()], ..ExecConfig::default() };
    let Ok(Response::Created { id: long, .. }) =
        bench.ask(Request::ExecCreate { container: "xx".into(), exec: Box::new(long) })
    else {
        panic!("created")
    };
    bench.ask(Request::ExecStart { exec: long.clone() }).expect("started");
    bench.run(2_000);
    // With PID 1 all others of its namespace end.
    assert_eq!(
        bench
            .ask(Request::ExecInspect { exec: long })
            .map(|response| matches!(response, Response::Exec { exit_code: Some(137), .. })),
        Ok(true)
    );
    let error = exec(&mut bench, &["do"]).expect_err("it ended");
    assert_eq!(error.message, format!("container {id} is not running"));
}

#[test]
fn a_paused_container_stands_still() {
    let mut bench = Bench::new();
    let id = bench.go("pp", &["sleep:1000", "say:done"], plain());
    bench.run(500);
    bench.ask(Request::ContainerPause { container: "pp".into() }).expect("paused");
    bench.run(5_000);
    assert_eq!((bench.status("pp"), bench.text("pp")), (Status::Paused, String::new()));
    assert_eq!(bench.rows(&[("status", "paused")]).expect("a list")[0].status, "Up 5 seconds (Paused)");
    let error = bench.ask(Request::ContainerPause { container: "pp".into() }).expect_err("paused already");
    assert_eq!(error.message, format!("Container {id} is already paused"));
    bench.ask(Request::ContainerUnpause { container: "pp".into() }).expect("thawed");
    bench.run(1);
    assert_eq!((bench.status("pp"), bench.text("pp")), (Status::Exited, "done\n".to_owned()));
    let error = bench.ask(Request::ContainerUnpause { container: "pp".into() }).expect_err("not paused");
    assert_eq!(error.message, format!("Container {id} is not paused"));
}

#[test]
fn a_health_check_tells_how_it_is() {
    let mut bench = Bench::new();
    let check = Healthcheck {
        test: ["CMD", "do", "cat:/ok"].map(str::to_owned).to_vec(),
        interval: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        retries: 2,
        ..Healthcheck::default()
    };
    let command = ["do", "write:/ok=1", "sleep:300000"].map(str::to_owned).to_vec();
    let run = RunConfig { cmd: Some(command), healthcheck: Some(check), ..RunConfig::default() };
    bench.create_with("hh", run, plain()).expect("created");
    bench.start("hh").expect("started");
    bench.run(500);
    assert_eq!(bench.rows(&[]).expect("rows")[0].status, "Up Less than a second (health: starting)");
    bench.run(2_000);
    assert_eq!(bench.rows(&[("health", "healthy")]).expect("rows")[0].status, "Up 2 seconds (healthy)");
    let root = bench.machine.daemon.find("hh").expect("there").root;
    bench.machine.kernel.union_mut(root).expect("a root").unlink("/ok").expect("deleted");
    bench.run(1_000);
    assert_eq!(bench.inspect("hh")["State"]["Health"]["FailingStreak"], 1);
    bench.run(1_000);
    assert_eq!(bench.rows(&[]).expect("rows")[0].status, "Up 4 seconds (unhealthy)");
}

#[test]
fn filters_are_checked() {
    let mut bench = Bench::new();
    bench.create("web1", &[], plain()).expect("created");
    bench.run(10);
    bench.create("web2", &[], plain()).expect("created");
    let names = |bench: &mut Bench, filters: &[(&str, &str)]| -> Vec<String> {
        bench.rows(filters).expect("rows").into_iter().flat_map(|row| row.names).collect()
    };
    assert_eq!(names(&mut bench, &[("name", "web")]), ["web2", "web1"]);
    assert_eq!(names(&mut bench, &[("name", "^web1$")]), ["web1"]);
    assert_eq!(names(&mut bench, &[("before", "web2")]), ["web1"]);
    assert_eq!(names(&mut bench, &[("exited", "0")]), [""; 0]);
    assert_eq!(bench.rows(&[("bogus", "1")]).expect_err("no filter").message, "invalid filter 'bogus'");
    assert_eq!(
        bench.rows(&[("status", "bogus")]).expect_err("no state").message,
        "invalid filter 'status=bogus': invalid value for state (bogus): must be one of created, running, paused, restarting, \
         removing, exited, dead"
    );
}
