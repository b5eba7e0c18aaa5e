package io.millrace.ops.metrics;

import java.util.List;

/**
 * Every meter that Millrace registers itself. Dashboards and alerts may name no other, but those of
 * the JVM and of Kafka's clients, which Micrometer's binders name.
 */
public enum Meter {
  IMAGES_PUBLISHED("millrace.publish.images", Kind.COUNTER, "images", "images published"),
  BYTES_PUBLISHED("millrace.publish.bytes", Kind.COUNTER, "bytes", "encoded bytes published"),
  IMAGES_PASSED_OVER(
      "millrace.publish.passed", Kind.COUNTER, "images", "images not published", "cause"),
  PUBLISH_ABORTED(
      "millrace.publish.aborted", Kind.COUNTER, "transactions", "transactions tried again"),
  PUBLISH_WAIT("millrace.publish.wait", Kind.TIMER, "seconds", "time waited for consumers"),

  IMAGES_ACCEPTED("millrace.ingest.accepted", Kind.COUNTER, "images", "images that passed"),
  IMAGES_REJECTED(
      "millrace.ingest.rejected", Kind.COUNTER, "images", "images that did not pass", "reason"),
  IMAGES_LENIENT(
      "millrace.ingest.lenient", Kind.COUNTER, "images", "flaws that took no pixels", "kind"),
  HEADERS_DROPPED(
      "millrace.ingest.headers.dropped",
      Kind.COUNTER,
      "headers",
      "listed headers too long or no text"),
  IMAGES_FORGOTTEN("millrace.ingest.forgotten", Kind.COUNTER, "images", "tombstones passed on"),
  IMAGE_BYTES("millrace.ingest.bytes", Kind.COUNTER, "bytes", "encoded bytes validated", "outcome"),
  JUDGE_TIME("millrace.ingest.judge", Kind.TIMER, "seconds", "time to validate one image"),
  CLAIM_TIME("millrace.ingest.claim", Kind.TIMER, "seconds", "time to fetch one claimed image"),
  CLAIMS_RETRIED(
      "millrace.ingest.claims.retried", Kind.COUNTER, "attempts", "attempts after the first"),
  CLAIMS_WAITING(
      "millrace.ingest.claims.waiting", Kind.GAUGE, "claims", "claims that wait for their image"),
  INGEST_THREADS_REPLACED(
      "millrace.ingest.threads.replaced", Kind.COUNTER, "threads", "stream threads that died"),
  INGEST_LAG("millrace.ingest.lag", Kind.GAUGE, "images", "raw images not validated yet"),
  PARTITION_LAG(
      "millrace.stream.lag",
      Kind.GAUGE,
      "images",
      "records that a reader has not passed",
      "reader",
      "partition"),
  DECODES_HUNG("millrace.decode.hung", Kind.GAUGE, "threads", "threads lost to hung readers"),

  STEPS("millrace.learner.steps", Kind.COUNTER, "updates", "updates made", "source"),
  STEP_TIME("millrace.learner.step", Kind.TIMER, "seconds", "time of one update"),
  PHASE_TIME("millrace.learner.phase", Kind.TIMER, "seconds", "time of one phase", "phase"),
  IMAGES_LEARNED(
      "millrace.learner.images", Kind.COUNTER, "images", "images learned from, by all of a group"),
  IMAGES_APPLIED("millrace.learner.applied", Kind.COUNTER, "images", "stream images consumed"),
  DUPLICATES(
      "millrace.learner.duplicates", Kind.COUNTER, "images", "images skipped: bytes came lately"),
  GAPS("millrace.learner.gaps", Kind.COUNTER, "records", "records retention removed before"),
  UNDECODABLE(
      "millrace.learner.undecodable", Kind.COUNTER, "images", "accepted images that don't decode"),
  FORGOTTEN("millrace.learner.forgotten", Kind.COUNTER, "images", "images dropped from replay"),
  WAIT_TIME("millrace.learner.wait", Kind.TIMER, "seconds", "time spent waiting for the stream"),
  LOSS("millrace.learner.loss", Kind.GAUGE, "1", "objective, mean of the latest 20 updates"),
  SKILL("millrace.learner.skill", Kind.GAUGE, "1", "1 - loss / chance-level loss"),
  LEARNING_RATE("millrace.learner.rate", Kind.GAUGE, "1", "learning rate of the latest update"),
  GRADIENT_NORM("millrace.learner.gradient", Kind.GAUGE, "1", "L2 norm of the latest gradient"),
  TEACHER_MOMENTUM(
      "millrace.learner.momentum", Kind.GAUGE, "1", "teacher momentum of the latest update"),
  IMAGE_UPDATES(
      "millrace.learner.reuse", Kind.GAUGE, "1", "images learned from ÷ stream images consumed"),
  SKIPPED(
      "millrace.learner.skipped",
      Kind.COUNTER,
      "updates",
      "updates skipped because a loss or gradient was not finite"),
  COLLAPSED("millrace.learner.collapsed", Kind.GAUGE, "1", "1 where the guard holds releases back"),
  ROLLED_BACK("millrace.learner.rolledback", Kind.COUNTER, "times", "returns to healthy weights"),
  DIVERGED(
      "millrace.learner.diverged", Kind.COUNTER, "updates", "updates whose loss is not finite"),
  WRITER_EPOCH("millrace.learner.epoch", Kind.GAUGE, "1", "epoch of the right to save checkpoints"),
  FENCED(
      "millrace.learner.fenced", Kind.COUNTER, "learners", "learners another one took over from"),
  GROUP_MEMBERS(
      "millrace.group.members", Kind.GAUGE, "processes", "learners of the model heard lately"),
  GROUP_SIZE(
      "millrace.group.size", Kind.GAUGE, "processes", "processes of the group; 0 in no group"),
  GROUP_RANK("millrace.group.rank", Kind.GAUGE, "1", "rank in the group; -1 in no group"),
  GROUP_LEADS("millrace.group.leads", Kind.GAUGE, "1", "1 in the process that leads"),
  GROUP_SLOWEST(
      "millrace.group.slowest",
      Kind.GAUGE,
      "1",
      "rank of the process that the others wait for; -1 before it is known"),
  GROUP_GENERATION("millrace.group.generation", Kind.GAUGE, "1", "number of the group"),
  GROUP_FORMED(
      "millrace.group.formed", Kind.GAUGE, "groups", "groups worked in since the process started"),
  GROUP_COMPUTE(
      "millrace.group.compute", Kind.GAUGE, "seconds", "time spent computing in the group"),
  GROUP_WAIT(
      "millrace.group.wait",
      Kind.GAUGE,
      "seconds",
      "time spent in collectives in the group; least in the slowest process"),
  LEARNER_LAG("millrace.learner.lag", Kind.GAUGE, "images", "accepted images not consumed yet"),
  REPLAY_IMAGES("millrace.replay.images", Kind.GAUGE, "images", "images kept for another look"),
  REPLAY_BYTES(
      "millrace.replay.bytes", Kind.GAUGE, "bytes", "bytes of them as they are held, and features"),
  REPLAY_LOST(
      "millrace.replay.lost",
      Kind.COUNTER,
      "images",
      "kept images whose files were gone at a start, or that no longer decoded when drawn"),
  MONITOR("millrace.monitor", Kind.GAUGE, "1", "latest value of a monitor", "name"),
  MONITOR_TIME("millrace.monitor.time", Kind.TIMER, "seconds", "time to compute the monitors"),
  KNN("millrace.knn", Kind.GAUGE, "percent", "kNN accuracy on held-out images", "network"),
  PROBE_TIME("millrace.knn.time", Kind.TIMER, "seconds", "time of a kNN probe"),

  CHECKPOINT_TIME("millrace.checkpoint.time", Kind.TIMER, "seconds", "time to save a checkpoint"),
  CHECKPOINT_FAILURES(
      "millrace.checkpoint.failures", Kind.COUNTER, "checkpoints", "checkpoints not saved"),
  CHECKPOINT_UPLOAD_TIME(
      "millrace.checkpoint.upload.time",
      Kind.TIMER,
      "seconds",
      "time to put a checkpoint into object storage"),
  CHECKPOINT_UPLOAD_FAILURES(
      "millrace.checkpoint.upload.failures",
      Kind.COUNTER,
      "checkpoints",
      "checkpoints not put into object storage, tries again included"),
  CHECKPOINT_SIZE(
      "millrace.checkpoint.size", Kind.GAUGE, "bytes", "files of the latest checkpoint's own"),
  CHECKPOINT_AGE("millrace.checkpoint.age", Kind.GAUGE, "seconds", "age of the latest checkpoint"),
  RELEASE_VERSION("millrace.release.version", Kind.GAUGE, "1", "version of the latest release"),
  RELEASE_AGE("millrace.release.age", Kind.GAUGE, "seconds", "age of the latest release"),
  RELEASE_FAILURES("millrace.release.failures", Kind.COUNTER, "releases", "releases not published"),
  GATE_PASSED("millrace.release.gate", Kind.GAUGE, "1", "1 where the latest release may serve"),
  GATE_RESULTS(
      "millrace.release.judged", Kind.GAUGE, "releases", "releases by the gate's word", "result"),

  EMBEDDED("millrace.serving.embedded", Kind.COUNTER, "images", "embeddings published", "refresh"),
  EMBED_TIME(
      "millrace.serving.embed", Kind.TIMER, "seconds", "time in the network, by transaction"),
  SERVING_BATCH_TIME(
      "millrace.serving.batch", Kind.TIMER, "seconds", "from decoded images to the commit"),
  END_TO_END(
      "millrace.serving.delay",
      Kind.HISTOGRAM,
      "seconds",
      "age of a batch's oldest image at commit"),
  UNEMBEDDABLE(
      "millrace.serving.unembeddable", Kind.COUNTER, "images", "images without one", "cause"),
  SERVING_GAPS(
      "millrace.serving.gaps", Kind.COUNTER, "records", "records retention removed before"),
  SERVING_ABORTED(
      "millrace.serving.aborted", Kind.COUNTER, "transactions", "transactions that were aborted"),
  SERVING_NOT_LOADED(
      "millrace.serving.notloaded", Kind.COUNTER, "releases", "loads of a release that failed"),
  SERVING_RETIRED("millrace.serving.retired", Kind.COUNTER, "keys", "keys tombstoned"),
  SERVING_LAG("millrace.serving.lag", Kind.GAUGE, "images", "accepted images not embedded yet"),
  SERVING_VERSION("millrace.serving.version", Kind.GAUGE, "1", "version that serves"),
  REFRESH_SHARE(
      "millrace.serving.refresh", Kind.GAUGE, "1", "share of the re-embedding that is done"),
  INDEX_IMAGES("millrace.index.images", Kind.GAUGE, "images", "images that a search can find"),
  INDEX_LAG(
      "millrace.index.lag",
      Kind.GAUGE,
      "records",
      "embeddings until the searched index catches up"),
  INDEX_VERSION("millrace.index.version", Kind.GAUGE, "1", "version that searches run against"),

  HTTP_TIME(
      "millrace.http", Kind.HISTOGRAM, "seconds", "time to answer", "method", "route", "status"),
  API_IN_PROGRESS("millrace.api.progress", Kind.GAUGE, "requests", "serving requests in progress"),
  API_REFUSED(
      "millrace.api.refused",
      Kind.COUNTER,
      "requests",
      "serving requests turned away: size, load, nothing to answer with",
      "status"),
  API_IMAGES("millrace.api.images", Kind.COUNTER, "images", "images that calls sent", "model"),
  API_WAIT("millrace.api.wait", Kind.TIMER, "seconds", "time a call waits for its turn", "model"),
  API_RUN("millrace.api.run", Kind.TIMER, "seconds", "time of a call in the networks", "model"),
  TRACKING_DROPPED(
      "millrace.tracking.dropped",
      Kind.COUNTER,
      "points",
      "points of metrics that MLflow did not get",
      "cause"),
  COMPONENT_OK("millrace.health", Kind.GAUGE, "1", "1 where a check passes", "component"),
  MEMORY_RESIDENT("millrace.memory.resident", Kind.GAUGE, "bytes", "memory the system gives us"),
  MEMORY_NATIVE(
      "millrace.memory.native",
      Kind.GAUGE,
      "bytes",
      "resident memory beyond what the JVM has committed: tensors, buffers, libraries"),
  GPU_BUSY("millrace.gpu.busy", Kind.GAUGE, "percent", "share of time a kernel ran", "device"),
  GPU_MEMORY_USED("millrace.gpu.used", Kind.GAUGE, "bytes", "GPU memory in use", "device"),
  GPU_MEMORY("millrace.gpu.memory", Kind.GAUGE, "bytes", "GPU memory there is", "device");

  /** How a meter behaves. */
  public enum Kind {
    /** Only grows. */
    COUNTER,
    /** A value now. */
    GAUGE,
    /** Durations: count, sum, maximum. */
    TIMER,
    /** The same, and how many took at most so long: quantiles over all processes. */
    HISTOGRAM
  }

  private final String id;
  private final Kind kind;
  private final String unit;
  private final String meaning;
  private final List<String> tags;

  Meter(String id, Kind kind, String unit, String meaning, String... tags) {
    this.id = id;
    this.kind = kind;
    this.unit = unit;
    this.meaning = meaning;
    this.tags = List.of(tags);
  }

  /** Name with dots; Prometheus shows underscores and, for counters, {@code _total}. */
  public String id() {
    return id;
  }

  /** How it behaves. */
  public Kind kind() {
    return kind;
  }

  /** Whether only a machine with an NVIDIA GPU has it. */
  public boolean needsGpu() {
    return id.startsWith("millrace.gpu.");
  }

  /** Its names in Prometheus' text form: counters and timers have suffixes, bytes show in both. */
  public List<String> prometheusNames() {
    String dashed = id.replace('.', '_');
    String base = dashed + (unit.equals("bytes") && !dashed.endsWith("_bytes") ? "_bytes" : "");
    return switch (kind) {
      case COUNTER -> List.of(base + "_total");
      case GAUGE -> List.of(base);
      case TIMER -> List.of(base + "_seconds_count", base + "_seconds_sum", base + "_seconds_max");
      case HISTOGRAM ->
          List.of(
              base + "_seconds_count",
              base + "_seconds_sum",
              base + "_seconds_max",
              base + "_seconds_bucket");
    };
  }

  /** Unit. */
  public String unit() {
    return unit;
  }

  /** What it says, for people. */
  public String meaning() {
    return meaning;
  }

  /** Keys of its tags. Never an image id: a tag's values must stay few. */
  public List<String> tags() {
    return tags;
  }
}
