"""What the service counts, for Prometheus."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

# Below the goals of the slowest answer (150 to 250 ms) finely, above them coarsely.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

registry: CollectorRegistry = REGISTRY

REQUESTS = Counter("sku_align_requests", "Requests by route and status.", ["method", "route", "status"])
LATENCY = Histogram("sku_align_request_seconds", "Time of a request.", ["route"], buckets=_SECONDS)
STEPS = Histogram("sku_align_step_seconds", "Time of a step of an answer.", ["answer", "step"], buckets=_SECONDS)
CACHE = Counter("sku_align_cache", "Look-ups in a cache.", ["cache", "result"])
BATCH_SIZES = Histogram("sku_align_batch_pairs", "Pairs that were scored together.", buckets=(1, 4, 16, 64, 256, 1024))
IN_WORK = Gauge("sku_align_requests_in_work", "Requests being worked on.")
REFUSED = Counter("sku_align_refused", "Requests that were refused for a limit.", ["limit"])
FAILURES = Counter("sku_align_failures", "Failures of what the service stands on.", ["part"])
PUBLICATION = Gauge("sku_align_publication", "The publication that answers hold for.")
PUBLISHED_AT = Gauge("sku_align_publication_timestamp_seconds", "When that publication was made, Unix time.")
