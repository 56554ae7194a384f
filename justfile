# The recipes of this project; `just` lists them. Each is one command that works without just, too.

# Lists the recipes.
default:
    @just --list

# Builds the program as it is released.
build:
    cargo build --release

# All tests, or those whose name contains WORDS.
test *WORDS:
    cargo test {{ WORDS }}

# Everything that CI checks.
ci:
    bash .ci/run

# Proves the lessons, or those of PATH.
check *PATH:
    cargo run --quiet -- check {{ PATH }}

# Formats, and lints.
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings

# Writes the snapshots anew; look at `git diff` then.
snapshots:
    INSTA_UPDATE=always cargo test

# Computes the digests of the shipped and the stand-in catalogue anew.
relock:
    LAYERLAB_RELOCK=1 cargo test --test catalogue

# Counts anew how many recorded commands agree with Docker; refuses to lower a count.
recount:
    LAYERLAB_RECOUNT=1 cargo test --test transcripts

# Measures start, rest, and the model.
bench:
    cargo bench

# Looks at the program's screen: plays KEYS (see tui-shot --help) and writes pictures to target/shot.
shot KEYS='until:Layerlab wait:500 shot:home':
    cargo build --release
    ../shared/tools/tui-shot --size 100x30 --out target/shot '{{ KEYS }}' -- target/release/layerlab

# Fuzzes a parser for a minute: dockerfile, shell, docker, lesson or image. Needs nightly Rust and cargo-fuzz.
fuzz TARGET:
    cargo +nightly fuzz run {{ TARGET }} -- -max_total_time=60
