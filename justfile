# The same steps as CI, by the same script.

# Every step.
all:
    .ci/run

# Installs what the other steps need.
tools:
    .ci/run tools

# Formatting.
format:
    .ci/run format

# Clippy, warnings are errors.
lint:
    .ci/run lint

# API documentation without warnings.
docs:
    .ci/run docs

# Licences, bans, sources and advisories of the dependencies.
deny:
    .ci/run deny

# The binaries that the steps below run.
build:
    .ci/run build

# The README's test command.
tests:
    .ci/run tests

# What only a build with OpenTelemetry has.
otel:
    .ci/run otel

# Whether the benchmark runs.
bench:
    .ci/run bench

# The walkthrough on both databases.
walkthrough:
    .ci/run walkthrough

# Whether the oldest promised Rust compiles it.
msrv:
    .ci/run msrv

# While writing: formatting, clippy, the core's tests, the stories of one capability on SQLite (`just quick payments`).
quick capability:
    .ci/run quick {{capability}}

# Writes every generated file and snapshot anew and says what changed.
generate:
    .ci/run generate

# Clients in Python, TypeScript and Java: generated from the document, compiled, used against a sandbox.
clients:
    .ci/run clients
