package io.millrace.ingest.stream;

import java.util.regex.Pattern;

/**
 * The names of all topics: one prefix, then what flows there.
 *
 * @param prefix put before every name; may be empty
 */
public record Topics(String prefix) {
  /** The prefix when none is configured. */
  public static final String DEFAULT_PREFIX = "millrace.";

  private static final Pattern LEGAL = Pattern.compile("[a-zA-Z0-9._-]{0,200}");

  public Topics {
    if (!LEGAL.matcher(prefix).matches()) {
      throw new IllegalArgumentException(
          "prefix is '" + prefix + "': expected at most 200 of a-z A-Z 0-9 . _ -");
    }
  }

  /** The default prefix. */
  public static Topics defaults() {
    return new Topics(DEFAULT_PREFIX);
  }

  /** Images as their producers sent them. */
  public String imagesRaw() {
    return prefix + "images.raw";
  }

  /** Images that decode; key = image id. */
  public String imagesAccepted() {
    return prefix + "images.accepted";
  }

  /** Images that do not, with the reason in headers. */
  public String imagesRejected() {
    return prefix + "images.rejected";
  }

  /** Counts, sizes and reasons by source and window, as JSON. */
  public String streamStats() {
    return prefix + "stream.stats";
  }

  /** How far each publisher came in its source. */
  public String publisherPositions() {
    return prefix + "publisher.positions";
  }

  /** Which learner may write checkpoints. */
  public String learnerLease() {
    return prefix + "learner.lease";
  }

  /** Which learner processes are there, to learn one model together. */
  public String learnerMembers() {
    return prefix + "learner.members";
  }

  /** Release manifests and the pointer to the serving one. */
  public String modelReleases() {
    return prefix + "model.releases";
  }

  /** Embeddings; key = imageId@version. */
  public String embeddings() {
    return prefix + "embeddings";
  }

  /** The targets of the promoted release's teacher for each image; key = image id. */
  public String targets() {
    return prefix + "targets";
  }

  /** Start, progress and completion of re-embeddings by version and partition. */
  public String embeddingRefresh() {
    return prefix + "embedding.refresh";
  }

  /** The application id of the ingest topology, its consumer group. */
  public String ingestApplicationId() {
    return prefix + "ingest";
  }

  /** A group that reads nothing: its metadata is the id of the images.raw that ingest reads. */
  public String ingestSourceGroup() {
    return ingestApplicationId() + "-source";
  }

  /** The consumer group that shows the learner's lag. */
  public String learnerGroup() {
    return prefix + "learner";
  }
}
