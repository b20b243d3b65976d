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

# Writes every generated file anew.
generate:
    UPDATE_GENERATED=1 cargo test --locked
