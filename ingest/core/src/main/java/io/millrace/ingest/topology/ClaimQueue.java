package io.millrace.ingest.topology;

import io.millrace.ingest.claim.ClaimFetch;
import io.millrace.ingest.claim.FetchOutcome;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * The claims of one partition that wait for their images. A claim is in a store until its outcome
 * is, both part of the transaction: whoever takes the partition over fetches anew, and each claim
 * ends once. What comes later does not wait, but for the order within an id: a later record of the
 * same id ends the claim.
 */
final class ClaimQueue implements AutoCloseable {
  static final String STORE = "claims";

  /** A changelog takes records of 1 MiB unless configured otherwise. */
  private static final int LONGEST = 512 * 1024;

  private static final Duration LOOK = Duration.ofMillis(10);

  /** Takes a claim whose end has come. */
  @FunctionalInterface
  interface Ended {
    void accept(Record<byte[], byte[]> claim, RecordMetadata origin, FetchOutcome outcome);
  }

  private static final class Waiting {
    final long number;
    final WaitingClaim claim;
    @Nullable ClaimFetch fetch;

    Waiting(long number, WaitingClaim claim) {
      this.number = number;
      this.claim = claim;
    }
  }

  private final Claims claims;
  private final IngestMetrics metrics;
  private final Ended ended;
  private final ProcessorContext<?, ?> context;
  private final TopicPartition partition;
  private final KeyValueStore<Long, byte[]> store;
  private final Map<Long, Waiting> waiting = new HashMap<>();
  private final Map<ByteBuffer, Waiting> byKey = new HashMap<>();
  private final Queue<Done> done = new ConcurrentLinkedQueue<>();
  private long next;

  private record Done(Waiting waiting, ClaimFetch fetch) {}

  static StoreBuilder<KeyValueStore<Long, byte[]>> store() {
    return Stores.keyValueStoreBuilder(
        Stores.inMemoryKeyValueStore(STORE), Serdes.Long(), Serdes.ByteArray());
  }

  /** Begins where whoever had the partition before ended. */
  ClaimQueue(Claims claims, ProcessorContext<?, ?> context, IngestMetrics metrics, Ended ended) {
    this.claims = claims;
    this.metrics = metrics;
    this.ended = ended;
    this.context = context;
    partition = new TopicPartition(claims.raw(), context.taskId().partition());
    store = context.getStateStore(STORE);
    List<KeyValue<Long, byte[]>> kept = new ArrayList<>();
    try (KeyValueIterator<Long, byte[]> all = store.all()) {
      all.forEachRemaining(kept::add);
    }
    for (KeyValue<Long, byte[]> each : kept) {
      next = Math.max(next, each.key + 1);
      begin(new Waiting(each.key, WaitingClaim.of(each.value, claims.raw())));
    }
    context.schedule(LOOK, PunctuationType.WALL_CLOCK_TIME, now -> finish());
  }

  /**
   * Takes a record that claims an image; any record of an id ends a claim of it that waits.
   *
   * @param key null for none
   * @return false where the record claims nothing
   */
  boolean takes(Record<byte[], byte[]> raw, byte @Nullable [] key) {
    RecordMetadata origin =
        context
            .recordMetadata()
            .orElseThrow(() -> new IllegalStateException("a raw record without an origin"));
    Waiting earlier = key == null ? null : byKey.get(ByteBuffer.wrap(key));
    if (earlier != null) {
      supersede(earlier, origin);
    }
    String reference = HeaderText.get(raw.headers(), ImageHeaders.CE_DATAREF);
    if (raw.value() == null || raw.value().length > 0 || reference == null) {
      return false;
    }
    WaitingClaim claim = new WaitingClaim(raw.withKey(key), origin);
    byte[] encoded = claim.encoded();
    FetchOutcome refusal =
        encoded.length > LONGEST
            ? rejection(
                RejectionReason.TOO_LARGE,
                "a claim of %d bytes with its headers: expected at most %d"
                    .formatted(encoded.length, LONGEST))
            : claims.fetches().refusal(reference);
    if (refusal != null) {
      ended.accept(claim.record(), origin, refusal);
      return true;
    }
    store.put(next, encoded);
    begin(new Waiting(next++, claim));
    return true;
  }

  private void begin(Waiting one) {
    waiting.put(one.number, one);
    byte[] key = one.claim.record().key();
    if (key != null) {
      byKey.put(ByteBuffer.wrap(key), one);
    }
    String reference =
        String.valueOf(HeaderText.get(one.claim.record().headers(), ImageHeaders.CE_DATAREF));
    metrics.claimsWaiting(1);
    one.fetch = claims.fetches().fetch(reference, fetch -> done.add(new Done(one, fetch)));
    if (waiting.size() >= claims.mostWaiting()) {
      claims.full().add(partition);
    }
  }

  /** Hands on what was fetched. */
  private void finish() {
    for (Done each = done.poll(); each != null; each = done.poll()) {
      if (waiting.get(each.waiting.number) != each.waiting) {
        continue; // superseded meanwhile
      }
      FetchOutcome outcome = each.fetch.take();
      remove(each.waiting);
      if (outcome.reason() == null) {
        metrics.claimFetched(outcome.attempts(), outcome.nanos());
      }
      ended.accept(each.waiting.claim.record(), each.waiting.claim.origin(), outcome);
    }
  }

  private void supersede(Waiting earlier, RecordMetadata by) {
    cancel(earlier);
    remove(earlier);
    ended.accept(
        earlier.claim.record(),
        earlier.claim.origin(),
        rejection(
            RejectionReason.CLAIM_SUPERSEDED,
            "a later record of its id, at offset " + by.offset() + ", came before its image"));
  }

  private static FetchOutcome rejection(RejectionReason reason, String detail) {
    return new FetchOutcome(null, reason, detail, 0, 0);
  }

  private void remove(Waiting one) {
    waiting.remove(one.number);
    byte[] key = one.claim.record().key();
    if (key != null) {
      byKey.remove(ByteBuffer.wrap(key), one);
    }
    store.delete(one.number);
    metrics.claimsWaiting(-1);
    if (waiting.size() < claims.mostWaiting()) {
      claims.full().remove(partition);
    }
  }

  private static void cancel(Waiting one) {
    if (one.fetch != null) {
      one.fetch.cancel();
    }
  }

  /** Gives up the fetches; the claims stay in the store. */
  @Override
  public void close() {
    waiting.values().forEach(ClaimQueue::cancel);
    metrics.claimsWaiting(-waiting.size());
    claims.full().remove(partition);
  }
}
