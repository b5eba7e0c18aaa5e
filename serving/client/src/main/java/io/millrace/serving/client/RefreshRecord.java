package io.millrace.serving.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * How far one version's embedder is in one partition of {@code images.accepted}. Published on
 * {@code embedding.refresh} under {@code version/partition}; and, because it commits in one
 * transaction with the embeddings, kept as the metadata of the partition's committed offset, where
 * a restarted or another process finds it.
 *
 * @param model model name
 * @param version release number
 * @param partition partition of images.accepted
 * @param partitions partitions that images.accepted had when this one started
 * @param promotion number of the promotion that asked for this re-embedding
 * @param state how far
 * @param start offset the re-embedding began at
 * @param end complete once {@code position} is there: the partition's end offset when the
 *     re-embedding began, or a later one, up to which it catches up before it serves
 * @param position next offset to read
 * @param records records read since this version's embedder first started here
 * @param embedded of those, the ones that were embedded
 * @param forgotten of those, tombstones
 * @param unembeddable of those, images that could not be embedded
 * @param at when, in milliseconds since 1970
 * @param log id of the topic {@code images.accepted} that the offsets are of; empty in records of
 *     an earlier Millrace
 */
public record RefreshRecord(
    String model,
    long version,
    int partition,
    int partitions,
    long promotion,
    State state,
    long start,
    long end,
    long position,
    long records,
    long embedded,
    long forgotten,
    long unembeddable,
    long at,
    String log) {

  /** A record of an earlier Millrace has no {@code log}. */
  public RefreshRecord {
    log = Objects.requireNonNullElse(log, "");
  }

  /**
   *
   *
   * <pre>
   * STARTED ─▶ PROGRESS ─▶ COMPLETE
   *    └──────────────────────▲
   * </pre>
   */
  public enum State {
    /** Has its end and read nothing yet. */
    STARTED,
    /** Has read some. */
    PROGRESS,
    /** Position has reached the end. */
    COMPLETE
  }

  // A newer Millrace may add fields; a reader of this one goes on.
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** Key of this record on embedding.refresh. */
  public String key() {
    return key(version, partition);
  }

  /** Key of a version's record on embedding.refresh. */
  public static String key(long version, int partition) {
    return version + "/" + partition;
  }

  /** The version in a key of embedding.refresh. */
  public static long versionOf(String key) {
    return Long.parseLong(key.substring(0, key.indexOf('/')));
  }

  /** The partition in a key of embedding.refresh. */
  public static int partitionOf(String key) {
    return Integer.parseInt(key.substring(key.indexOf('/') + 1));
  }

  /** Whether the partition has reached its end. */
  public boolean complete() {
    return state == State.COMPLETE;
  }

  /** The same re-embedding, further on; complete when {@code next} has reached {@code newEnd}. */
  public RefreshRecord advancedTo(
      long next,
      long newEnd,
      long moreEmbedded,
      long moreForgotten,
      long moreUnembeddable,
      long now) {
    return new RefreshRecord(
        model,
        version,
        partition,
        partitions,
        promotion,
        complete() || next >= newEnd ? State.COMPLETE : State.PROGRESS,
        start,
        newEnd,
        next,
        records + moreEmbedded + moreForgotten + moreUnembeddable,
        embedded + moreEmbedded,
        forgotten + moreForgotten,
        unembeddable + moreUnembeddable,
        now,
        log);
  }

  /** The same, as of a committed offset in a log. */
  public RefreshRecord at(long committedOffset, String inLog) {
    return new RefreshRecord(
        model,
        version,
        partition,
        partitions,
        promotion,
        state,
        start,
        end,
        committedOffset,
        records,
        embedded,
        forgotten,
        unembeddable,
        at,
        inLog);
  }

  /** A new re-embedding from here, for another promotion: the counts go on. */
  public RefreshRecord restarted(long newPromotion, int newPartitions, long newEnd, long now) {
    return new RefreshRecord(
        model,
        version,
        partition,
        newPartitions,
        newPromotion,
        State.STARTED,
        position,
        newEnd,
        position,
        records,
        embedded,
        forgotten,
        unembeddable,
        now,
        log);
  }

  /** As JSON. */
  public String json() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of numbers and names has no JSON", e);
    }
  }

  /** As JSON in UTF-8. */
  public byte[] bytes() {
    return json().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads what {@link #json} wrote.
   *
   * @throws IOException saying what is wrong
   */
  public static RefreshRecord parse(byte[] json) throws IOException {
    return JSON.readValue(json, RefreshRecord.class);
  }
}
