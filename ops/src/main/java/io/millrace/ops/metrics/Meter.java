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
  IMAGES_FORGOTTEN("millrace.ingest.forgotten", Kind.COUNTER, "images", "tombstones passed on"),
  IMAGE_BYTES("millrace.ingest.bytes", Kind.COUNTER, "bytes", "encoded bytes judged", "outcome"),
  JUDGE_TIME("millrace.ingest.judge", Kind.TIMER, "seconds", "time to judge one image"),
  INGEST_THREADS_REPLACED(
      "millrace.ingest.threads.replaced", Kind.COUNTER, "threads", "stream threads that died"),
  INGEST_LAG("millrace.ingest.lag", Kind.GAUGE, "images", "raw images not judged yet"),
  DECODES_HUNG("millrace.decode.hung", Kind.GAUGE, "threads", "threads lost to hung readers"),

  STEPS("millrace.learner.steps", Kind.COUNTER, "updates", "updates made", "source"),
  STEP_TIME("millrace.learner.step", Kind.TIMER, "seconds", "time of one update"),
  PHASE_TIME("millrace.learner.phase", Kind.TIMER, "seconds", "time of one phase", "phase"),
  IMAGES_LEARNED("millrace.learner.images", Kind.COUNTER, "images", "images learned from"),
  IMAGES_APPLIED("millrace.learner.applied", Kind.COUNTER, "images", "stream images taken in"),
  DUPLICATES(
      "millrace.learner.duplicates", Kind.COUNTER, "images", "images skipped: bytes came lately"),
  GAPS("millrace.learner.gaps", Kind.COUNTER, "records", "records retention removed before"),
  UNDECODABLE(
      "millrace.learner.undecodable", Kind.COUNTER, "images", "accepted images that don't decode"),
  FORGOTTEN("millrace.learner.forgotten", Kind.COUNTER, "images", "images dropped from replay"),
  WAIT_TIME("millrace.learner.wait", Kind.TIMER, "seconds", "time spent waiting for the stream"),
  LOSS("millrace.learner.loss", Kind.GAUGE, "1", "objective, mean of the latest 20 updates"),
  SKILL("millrace.learner.skill", Kind.GAUGE, "1", "1 - loss / loss of an uninformed prediction"),
  LEARNING_RATE("millrace.learner.rate", Kind.GAUGE, "1", "learning rate of the latest update"),
  GRADIENT_NORM("millrace.learner.gradient", Kind.GAUGE, "1", "L2 norm of the latest gradient"),
  TEACHER_MOMENTUM(
      "millrace.learner.momentum", Kind.GAUGE, "1", "teacher momentum of the latest update"),
  LEARNER_LAG("millrace.learner.lag", Kind.GAUGE, "images", "accepted images not taken in yet"),
  REPLAY_IMAGES("millrace.replay.images", Kind.GAUGE, "images", "images kept for another look"),
  REPLAY_BYTES("millrace.replay.bytes", Kind.GAUGE, "bytes", "bytes of their pixels"),
  MONITOR("millrace.monitor", Kind.GAUGE, "1", "latest figure of a monitor", "name"),
  MONITOR_TIME("millrace.monitor.time", Kind.TIMER, "seconds", "time to compute the monitors"),
  KNN("millrace.knn", Kind.GAUGE, "percent", "kNN accuracy on held-out images", "network"),
  PROBE_TIME("millrace.knn.time", Kind.TIMER, "seconds", "time of a kNN probe"),

  CHECKPOINT_TIME("millrace.checkpoint.time", Kind.TIMER, "seconds", "time to save a checkpoint"),
  CHECKPOINT_FAILURES(
      "millrace.checkpoint.failures", Kind.COUNTER, "checkpoints", "checkpoints not saved"),
  CHECKPOINT_AGE("millrace.checkpoint.age", Kind.GAUGE, "seconds", "age of the latest checkpoint"),
  RELEASE_VERSION("millrace.release.version", Kind.GAUGE, "1", "version of the latest release"),
  RELEASE_FAILURES("millrace.release.failures", Kind.COUNTER, "releases", "releases not published"),

  EMBEDDED("millrace.serving.embedded", Kind.COUNTER, "images", "embeddings published", "refresh"),
  EMBED_TIME("millrace.serving.embed", Kind.TIMER, "seconds", "time in the network, by batch"),
  SERVING_BATCH_TIME(
      "millrace.serving.batch", Kind.TIMER, "seconds", "from decoded images to the commit"),
  END_TO_END(
      "millrace.serving.delay", Kind.TIMER, "seconds", "age of a batch's oldest image at commit"),
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
  REFRESH_SHARE("millrace.serving.refresh", Kind.GAUGE, "1", "share of the refresh that is done");

  /** How a meter behaves. */
  public enum Kind {
    /** Only grows. */
    COUNTER,
    /** A value now. */
    GAUGE,
    /** Durations: count, sum, maximum. */
    TIMER
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
