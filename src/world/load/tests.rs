//! The simulation against queueing theory.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::simulation::{Demand, Simulation};
use super::station::{Plan, PlannedGroup, PlannedHost, PlannedStation, StationKey};
use super::users::Arrivals;
use crate::world::process::program::{Balance, Service, Spread};

fn service(work: f64, spread: Spread) -> Service {
    Service {
        work: Duration::from_secs_f64(work),
        idle: Duration::ZERO,
        spread,
        at_once: 1,
        backlog: 1_000_000,
        status: 200,
        bytes: 100,
        upstream: Vec::new(),
        balance: Balance::RoundRobin,
    }
}

fn key(listener: u64) -> StationKey {
    StationKey { machine: "prod".into(), listener }
}

fn station(number: u64, group: usize, servers: u32, service: Service) -> PlannedStation {
    let servers = (0..servers).map(|server| server + 1).collect();
    PlannedStation { key: key(number), name: "app".into(), host: 0, group, servers, service, behind: Vec::new() }
}

fn plan(processors: f64, stations: Vec<PlannedStation>) -> Plan {
    let groups = vec![PlannedGroup { quota: 1e9, weight: 1.0 }; stations.len()];
    let target = stations.first().map(|station| station.key.clone());
    Plan { hosts: vec![PlannedHost { processors, groups }], stations, target, killed: Vec::new() }
}

fn poisson(rate: f64, requests: u64) -> Demand {
    Demand { users: 0, arrivals: Arrivals::Poisson(rate), requests: Some(requests), until: None, patience: 0.0 }
}

fn run(demand: Demand, plan: &Plan) -> Simulation {
    let mut simulation = Simulation::new(demand, plan, 1);
    simulation.run(1e9);
    assert!(simulation.is_over());
    simulation
}

/// Erlang's C: the share of requests that have to wait, at `offered` requests for each service time and `servers` servers.
fn erlang_c(offered: f64, servers: u32) -> f64 {
    let term = |count: u32| (1..=count).fold(1.0, |term, number| term * offered / f64::from(number));
    let waiting = term(servers) * f64::from(servers) / (f64::from(servers) - offered);
    waiting / ((0..servers).map(term).sum::<f64>() + waiting)
}

fn close(measured: f64, expected: f64, percent: f64) -> bool {
    (measured - expected).abs() <= expected * percent / 100.0
}

#[test]
fn erlangs_formula_is_the_known_one() {
    // The values of textbooks: one server is as busy as it is loaded; ten servers at 8 erlang let 40.9 % wait.
    assert!((erlang_c(0.7, 1) - 0.7).abs() < 1e-12);
    assert!((erlang_c(8.0, 10) - 0.409).abs() < 5e-4);
}

#[test]
fn random_requests_at_several_servers_wait_as_erlang_c_says() {
    for (servers, load) in [(1, 0.5), (1, 0.7), (2, 0.7), (4, 0.75), (10, 0.8)] {
        let mean = 0.04;
        let rate = f64::from(servers) * load / mean;
        let plan = plan(f64::from(servers), vec![station(1, 0, servers, service(mean, Spread::Exponential))]);
        let report = run(poisson(rate, 200_000), &plan).report;
        let offered = rate * mean;
        let wait = erlang_c(offered, servers) * mean / (f64::from(servers) - offered);
        let measured = report.mean().expect("there were answers");
        assert!(close(measured, wait + mean, 3.0), "M/M/{servers} at {load}: {measured}, expected {}", wait + mean);
        let waited = report.latencies.iter().sum::<f64>() / report.latencies.len() as f64 - mean;
        assert!(close(waited, wait, 5.0), "M/M/{servers} at {load}: waits {waited}, expected {wait}");
    }
}

#[test]
fn the_answers_of_one_server_are_as_widely_spread_as_theory_has_it() {
    // In M/M/1 the time to the answer is exponential with the rate μ − λ.
    let plan = plan(1.0, vec![station(1, 0, 1, service(0.04, Spread::Exponential))]);
    let report = run(poisson(15.0, 120_000), &plan).report;
    for (percent, share) in [(50, 0.5_f64), (95, 0.95), (99, 0.99)] {
        let expected = -(1.0 - share).ln() / (25.0 - 15.0);
        let measured = report.percentile(percent).expect("there were answers");
        assert!(close(measured, expected, 4.0), "p{percent}: {measured}, expected {expected}");
    }
}

#[test]
fn equal_service_times_halve_the_wait() {
    // Pollaczek and Khinchine: M/D/1 waits half as long as M/M/1.
    let (mean, load) = (0.02, 0.8);
    let plan = plan(1.0, vec![station(1, 0, 1, service(mean, Spread::Fixed))]);
    let report = run(poisson(load / mean, 120_000), &plan).report;
    let expected = mean + load * mean / (2.0 * (1.0 - load));
    let measured = report.mean().expect("there were answers");
    assert!(close(measured, expected, 3.0), "{measured}, expected {expected}");
}

#[test]
fn users_who_wait_for_each_other_obey_littles_law() {
    // N users who think Z on average: X = N / (R + Z), whatever the servers do.
    let plan = plan(4.0, vec![station(1, 0, 4, service(0.05, Spread::Exponential))]);
    let arrivals = Arrivals::Thinking(1.0);
    let demand = Demand { users: 100, arrivals, requests: Some(40_000), until: None, patience: 0.0 };
    let report = run(demand, &plan).report;
    let (rate, time) = (report.rate(), report.mean().expect("there were answers"));
    assert!(close(rate, 100.0 / (time + 1.0), 1.0), "{rate} a second at {time} s");
    assert!(rate < 80.0, "four servers answer 80 a second at most: {rate}");
    // Without thinking they are answered as fast as the servers can, and each waits for all the others.
    let demand = Demand {
        arrivals: Arrivals::AtOnce,
        ..Demand { users: 100, arrivals, requests: Some(50_000), until: None, patience: 0.0 }
    };
    let report = run(demand, &plan).report;
    assert!(close(report.rate(), 80.0, 2.0) && close(report.mean().expect("answers"), 100.0 / 80.0, 2.0));
}

#[test]
fn processors_are_the_limit_however_many_servers_there_are() {
    let demand =
        |users| Demand { users, arrivals: Arrivals::AtOnce, requests: Some(20_000), until: None, patience: 0.0 };
    let rate = |servers: u32, processors: f64| {
        let plan = plan(processors, vec![station(1, 0, servers, service(0.01, Spread::Fixed))]);
        run(demand(200), &plan).report.rate()
    };
    assert!(close(rate(1, 4.0), 100.0, 1.0));
    assert!(close(rate(4, 4.0), 400.0, 1.0));
    assert!(close(rate(16, 4.0), 400.0, 2.0), "four processors do no more for sixteen servers");
}

/// A proxy in front of so many stations of one server each.
fn proxied(count: u64, balance: Balance, spread: Spread) -> Plan {
    let mut proxy = service(0.000_03, Spread::Fixed);
    proxy.at_once = 1_000;
    proxy.balance = balance;
    proxy.upstream = vec![(Ipv4Addr::LOCALHOST, 8000)];
    let mut stations = vec![station(1, 0, 1, proxy)];
    stations[0].behind = (2..count + 2).map(key).collect();
    stations.extend((2..count + 2).map(|number| station(number, number as usize - 1, 1, service(0.02, spread))));
    plan(64.0, stations)
}

#[test]
fn behind_a_proxy_servers_answer_together() {
    let demand =
        Demand { users: 500, arrivals: Arrivals::Ticks(1.0), requests: None, until: Some(60.0), patience: 20.0 };
    let ten = run(demand.clone(), &proxied(10, Balance::RoundRobin, Spread::Fixed));
    // 500 at once on ten servers of 50 a second: of 50 at each, the 26th is answered after 26 times 20 ms, the last after a second.
    assert_eq!(ten.report.errors(), 0);
    assert!(close(ten.report.percentile(50).expect("answers"), 0.52, 1.0), "{:?}", ten.report.percentile(50));
    let one = run(demand, &proxied(1, Balance::RoundRobin, Spread::Fixed)).report;
    let answered: u64 = one.statuses.values().sum();
    assert!(close(answered as f64 / one.total, 50.0, 3.0), "{answered} answers in {} s", one.total);
    // A queue of 500 takes ten seconds to work off: nobody gives up.
    assert_eq!(one.failures.len(), 0);
    assert!(close(one.percentile(50).expect("answers"), 10.0, 3.0), "{:?}", one.percentile(50));
}

#[test]
fn who_has_the_fewest_answers_sooner_than_who_is_next() {
    let time = |balance| {
        let plan = proxied(8, balance, Spread::Exponential);
        run(poisson(8.0 * 50.0 * 0.8, 40_000), &plan).report.mean().expect("answers")
    };
    let (in_turn, least) = (time(Balance::RoundRobin), time(Balance::LeastBusy));
    assert!(least < in_turn * 0.7, "{least} and {in_turn}");
}

#[test]
fn servers_that_come_and_go_under_load_have_their_effect() {
    let demand =
        Demand { users: 100, arrivals: Arrivals::Ticks(1.0), requests: None, until: Some(60.0), patience: 20.0 };
    let (one, three) = (proxied(1, Balance::RoundRobin, Spread::Fixed), proxied(3, Balance::RoundRobin, Spread::Fixed));
    let mut simulation = Simulation::new(demand.clone(), &one, 1);
    simulation.run(20.0);
    let before = simulation.report.samples.last().expect("a second").median;
    simulation.adapt(&three);
    simulation.run(59.0);
    let after = simulation.report.samples.last().expect("a second").median;
    // 100 users at 50 answers a second wait two seconds each.
    assert!(close(before, 2.0, 1.0) && after < 0.7, "{before} s, then {after} s");
    // One is killed: the proxy asks the others, and nobody notices.
    let mut simulation = Simulation::new(demand, &three, 1);
    simulation.run(20.02);
    let mut two = proxied(2, Balance::RoundRobin, Spread::Fixed);
    two.killed = vec![key(4)];
    two.hosts = three.hosts.clone();
    simulation.adapt(&two);
    simulation.run(1e9);
    assert_eq!(simulation.report.errors(), 0);
    assert!(simulation.is_over());
}

#[test]
fn pieces_of_time_come_to_the_same_as_all_at_once() {
    let demand =
        Demand { users: 50, arrivals: Arrivals::Thinking(0.5), requests: None, until: Some(30.0), patience: 20.0 };
    let plan = proxied(3, Balance::RoundRobin, Spread::Exponential);
    let whole = run(demand.clone(), &plan).report;
    let mut pieces = Simulation::new(demand, &plan, 1);
    let mut until = 0.0;
    while !pieces.is_over() {
        until += 0.137;
        pieces.run(until);
        pieces.adapt(&plan);
    }
    assert_eq!(whole.latencies.len(), pieces.report.latencies.len());
    let differ = whole.latencies.iter().zip(&pieces.report.latencies).any(|(a, b)| (a - b).abs() > 1e-9);
    assert!(!differ);
}
