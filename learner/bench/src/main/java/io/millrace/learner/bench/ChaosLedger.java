package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.ReleasePointer;
import io.millrace.ingest.stream.TopicEnd;
import io.millrace.ingest.stream.TopicReader;
import io.millrace.ingest.stream.Topics;
import io.millrace.serving.client.EmbeddingRecords;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the processes left in the log and on disk, through none of their code that judges,
 * learns or embeds, and says what does not add up.
 */
final class ChaosLedger {
  private static final String MODEL = "millrace";
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ASK_MILLIS = 2_000;
  private static final int MARKERS = 2;
  private static final int CHECKPOINTS = 4;
  private static final long EMBEDDED_EVERY_NANOS = 2_000_000_000L;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How far the topics were; not known while the broker is away. */
  static final class Mark {
    private @Nullable Long accepted;
    private @Nullable Long published;
    private @Nullable Long learned;
    private @Nullable Long embedded;
    private @Nullable Map<TopicPartition, Long> written;
  }

  private final Map<String, Object> client;
  private final Topics topics;
  private final Path folder;
  private final Admin admin;
  private final List<String> violations = new ArrayList<>();
  private final Map<String, Object> facts = new LinkedHashMap<>();
  private int lost;
  private int doubled;
  private long embeddedAskedAt = System.nanoTime() - EMBEDDED_EVERY_NANOS;

  ChaosLedger(Map<String, Object> client, Topics topics, Path folder) {
    this.client = client;
    this.topics = topics;
    this.folder = folder;
    var settings = new HashMap<>(client);
    settings.put("default.api.timeout.ms", ASK_MILLIS);
    settings.put("request.timeout.ms", ASK_MILLIS);
    this.admin = Admin.create(settings);
  }

  boolean brokerAnswers() {
    try {
      return !admin.describeCluster().nodes().get().isEmpty();
    } catch (ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Where the topics are now. */
  Mark mark() {
    var mark = new Mark();
    acceptedSince(mark);
    publishedSince(mark);
    everywhereSince(mark);
    learnedSince(mark);
    embeddedSince(mark);
    return mark;
  }

  /**
   * Whether readers of committed records see new accepted images on every partition. What was
   * written at the mark may lie in an open transaction: the marker that aborts it is no image.
   */
  boolean everywhereSince(Mark mark) {
    try {
      Map<TopicPartition, Long> written = mark.written;
      if (written == null) {
        mark.written = ends(topics.imagesAccepted(), IsolationLevel.READ_UNCOMMITTED);
        return false;
      }
      Map<TopicPartition, Long> now = ends(topics.imagesAccepted());
      return written.entrySet().stream()
          .allMatch(w -> now.getOrDefault(w.getKey(), 0L) >= w.getValue() + MARKERS);
    } catch (ExecutionException e) {
      return false; // the broker is away
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whether readers of committed records see more accepted images than at the mark. */
  boolean acceptedSince(Mark mark) {
    Long now = sum(() -> ends(topics.imagesAccepted()));
    if (mark.accepted == null) {
      mark.accepted = now;
      return false;
    }
    return now != null && now > mark.accepted;
  }

  /** Whether the publisher has gone on: the garbage is on partition 0 alone. */
  boolean publishedSince(Mark mark) {
    Long now =
        sum(
            () -> {
              Map<TopicPartition, Long> ends = ends(topics.imagesRaw());
              ends.keySet().removeIf(p -> p.partition() == 0);
              return ends;
            });
    if (mark.published == null) {
      mark.published = now;
      return false;
    }
    return now != null && now > mark.published;
  }

  /** Whether the learner has gone on: its positions follow each of its checkpoints. */
  boolean learnedSince(Mark mark) {
    Long now =
        sum(
            () -> {
              var out = new HashMap<TopicPartition, Long>();
              admin
                  .listConsumerGroupOffsets(topics.learnerGroup())
                  .partitionsToOffsetAndMetadata()
                  .get()
                  .forEach((at, next) -> out.put(at, next == null ? 0 : next.offset()));
              return out;
            });
    if (mark.learned == null) {
      mark.learned = now;
      return false;
    }
    return now != null && !now.equals(mark.learned); // a topic made again begins at 0
  }

  /** Whether readers of committed records see more embeddings than at the mark. */
  boolean embeddedSince(Mark mark) {
    Long now = sum(() -> ends(topics.embeddings()));
    if (mark.embedded == null) {
      mark.embedded = now;
      return false;
    }
    return now != null && now > mark.embedded;
  }

  private interface Question {
    Map<TopicPartition, Long> answer() throws ExecutionException, InterruptedException;
  }

  private static @Nullable Long sum(Question question) {
    try {
      return question.answer().values().stream().mapToLong(Long::longValue).sum();
    } catch (ExecutionException e) {
      return null; // the broker is away
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private Map<TopicPartition, Long> ends(String topic)
      throws ExecutionException, InterruptedException {
    return ends(topic, IsolationLevel.READ_COMMITTED);
  }

  private Map<TopicPartition, Long> ends(String topic, IsolationLevel isolation)
      throws ExecutionException, InterruptedException {
    var asked = new HashMap<TopicPartition, OffsetSpec>();
    admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get()
        .get(topic)
        .partitions()
        .forEach(p -> asked.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest()));
    var out = new HashMap<TopicPartition, Long>();
    admin
        .listOffsets(asked, new ListOffsetsOptions(isolation))
        .all()
        .get()
        .forEach((partition, end) -> out.put(partition, end.offset()));
    return out;
  }

  /** How far images are written and how far they are committed, in one line. */
  String ends() {
    var out = new ArrayList<String>();
    for (String topic : List.of(topics.imagesRaw(), topics.imagesAccepted())) {
      try {
        out.add(
            "%s is written to %s, committed to %s"
                .formatted(
                    topic,
                    byPartition(ends(topic, IsolationLevel.READ_UNCOMMITTED)),
                    byPartition(ends(topic))));
      } catch (ExecutionException e) {
        out.add(topic + ": " + e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return String.join("; ", out);
  }

  private static Map<Integer, Long> byPartition(Map<TopicPartition, Long> ends) {
    var out = new TreeMap<Integer, Long>();
    ends.forEach((at, end) -> out.put(at.partition(), end));
    return out;
  }

  /** Whether ingest and learner are at the end of what they read, but for transaction markers. */
  boolean isSettled() {
    try {
      return isAtEnd(topics.ingestApplicationId(), topics.imagesRaw())
          && isAtEnd(topics.learnerGroup(), topics.imagesAccepted());
    } catch (ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean isAtEnd(String group, String topic)
      throws ExecutionException, InterruptedException {
    var committed = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    return ends(topic).entrySet().stream()
        .allMatch(
            end -> {
              var at = committed.get(end.getKey());
              return end.getValue() == 0 || at != null && at.offset() + MARKERS >= end.getValue();
            });
  }

  /** Whether each accepted image has an embedding of the version that serves. */
  boolean isEmbedded() {
    long now = System.nanoTime();
    if (now - embeddedAskedAt < EMBEDDED_EVERY_NANOS) {
      return false;
    }
    embeddedAskedAt = now;
    return notEmbedded(live(topics.imagesAccepted()).keySet()).isEmpty();
  }

  private Set<String> notEmbedded(Set<String> images) {
    long version = serving();
    var missing = new HashSet<>(images);
    live(topics.embeddings())
        .keySet()
        .forEach(
            key -> {
              if (EmbeddingRecords.versionOf(key) == version) {
                missing.remove(EmbeddingRecords.imageIdOf(key));
              }
            });
    return missing;
  }

  private long serving() {
    ConsumerRecord<byte[], byte[]> found =
        live(topics.modelReleases()).get(ReleasePointer.key(MODEL));
    if (found == null) {
      return -1;
    }
    try {
      return ReleasePointer.fromJson(found.value()).version();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Checks everything. */
  void check() throws IOException {
    List<ConsumerRecord<byte[], byte[]>> accepted = records(topics.imagesAccepted());
    judgedOnce(accepted);
    embedded();
    checkpoint(accepted);
    files();
  }

  private void judgedOnce(List<ConsumerRecord<byte[], byte[]>> accepted) {
    var judged = new HashMap<String, List<ConsumerRecord<byte[], byte[]>>>();
    List<ConsumerRecord<byte[], byte[]>> rejected = records(topics.imagesRejected());
    Stream.concat(accepted.stream(), rejected.stream())
        .forEach(
            r ->
                judged
                    .computeIfAbsent(
                        HeaderText.get(r.headers(), ImageHeaders.ORIGIN_PARTITION)
                            + ":"
                            + HeaderText.get(r.headers(), ImageHeaders.ORIGIN_OFFSET),
                        origin -> new ArrayList<>())
                    .add(r));
    int raw = 0;
    for (ConsumerRecord<byte[], byte[]> r : records(topics.imagesRaw())) {
      raw++;
      List<ConsumerRecord<byte[], byte[]>> of =
          judged.getOrDefault(r.partition() + ":" + r.offset(), List.of());
      if (of.isEmpty()) {
        lost++;
      }
      if (of.size() != 1) {
        System.out.println(
            text(r) + " was judged by " + of.stream().map(ChaosLedger::text).toList());
      }
    }
    doubled = judged.values().stream().mapToInt(of -> of.size() - 1).sum();
    facts.put("raw", raw);
    facts.put("accepted", accepted.size());
    facts.put("rejected", rejected.size());
    facts.put("lost", lost);
    facts.put("doubled", doubled);
    require(lost == 0, lost + " raw records were neither accepted nor rejected");
    require(doubled == 0, doubled + " raw records were judged more than once");
    require(
        raw == accepted.size() + rejected.size(),
        "%d raw, %d accepted and %d rejected".formatted(raw, accepted.size(), rejected.size()));
  }

  private static String text(ConsumerRecord<byte[], byte[]> r) {
    return "%s-%d@%d '%s' of %s"
        .formatted(
            r.topic(),
            r.partition(),
            r.offset(),
            new String(r.key(), StandardCharsets.UTF_8),
            Instant.ofEpochMilli(r.timestamp()));
  }

  private void embedded() {
    Set<String> images = live(topics.imagesAccepted()).keySet();
    Set<String> missing = notEmbedded(images);
    facts.put("images", images.size());
    facts.put("serving version", serving());
    facts.put("without an embedding", missing.size());
    require(serving() > 0, "no version serves");
    require(
        missing.isEmpty(),
        missing.size() + " images without an embedding, such as " + missing.stream().findFirst());
  }

  private void checkpoint(List<ConsumerRecord<byte[], byte[]>> accepted) throws IOException {
    List<Path> all = list(folder.resolve("data/checkpoints"), "checkpoint-");
    require(!all.isEmpty(), "no checkpoint");
    if (all.isEmpty()) {
      return;
    }
    JsonNode manifest = JSON.readTree(all.get(all.size() - 1).resolve("manifest.json").toFile());
    JsonNode next = manifest.at("/position/partitions");
    long before =
        accepted.stream()
            .filter(
                r ->
                    r.offset()
                        < next.path(Integer.toString(r.partition())).path("nextOffset").asLong(0))
            .count();
    long counted = 0;
    for (String name :
        List.of("applied", "duplicates", "undecodable", "withdrawn", "forgotten", "gaps")) {
      counted += manifest.path("progress").path(name).asLong();
    }
    facts.put("records before the checkpoint", before);
    facts.put("counted by the learner", counted);
    require(
        before == counted,
        "the checkpoint's offsets have %d records before them, the learner counted %d"
            .formatted(before, counted));
    require(before == accepted.size(), "the learner ended before the log did");
  }

  private void files() throws IOException {
    List<Path> checkpoints = list(folder.resolve("data/checkpoints"), "checkpoint-");
    require(checkpoints.size() <= CHECKPOINTS, checkpoints.size() + " checkpoints are kept");
    for (Path checkpoint : checkpoints) {
      for (String line : Files.readAllLines(checkpoint.resolve("SHA256SUMS"))) {
        String[] parts = line.split("  ", 2);
        whole(checkpoint.resolve(parts[1]), parts[0]);
      }
    }
    long bytes = 0;
    try (Stream<Path> walk = Files.walk(folder.resolve("data"))) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        try {
          bytes += Files.size(file);
        } catch (NoSuchFileException e) {
          continue; // the search index merges its segments while this looks
        }
        if (name.matches("[0-9a-f]{64}\\.(images|safetensors)")) {
          whole(file, name.substring(0, 64));
        }
        String parent = file.toString();
        require(
            !parent.contains("/.writing-") && !parent.contains("/.removing-"),
            file + " was left behind");
      }
    }
    facts.put("checkpoints", checkpoints.size());
    facts.put("MiB on disk", bytes >> 20);
  }

  private void whole(Path file, String sha256) throws IOException {
    try (var in = new DigestInputStream(Files.newInputStream(file), sha())) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      String actual = HexFormat.of().formatHex(in.getMessageDigest().digest());
      require(actual.equals(sha256), file + " is torn: its SHA-256 is " + actual);
    }
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> list(Path at, String prefix) {
    try (Stream<Path> files = Files.list(at)) {
      return files.filter(f -> f.getFileName().toString().startsWith(prefix)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last record of each key that is no tombstone. */
  private Map<String, ConsumerRecord<byte[], byte[]>> live(String topic) {
    var out = new HashMap<String, ConsumerRecord<byte[], byte[]>>();
    for (ConsumerRecord<byte[], byte[]> r : records(topic)) {
      String key = new String(r.key(), StandardCharsets.UTF_8);
      if (r.value() == null) {
        out.remove(key);
      } else {
        out.put(key, r);
      }
    }
    return out;
  }

  /** All committed records; to the end without regard to transactions. */
  private List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    var all = new HashMap<>(TopicReader.config(client));
    all.put("isolation.level", "read_uncommitted");
    Map<TopicPartition, Long> ends;
    try (Consumer<byte[], byte[]> consumer =
        new org.apache.kafka.clients.consumer.KafkaConsumer<>(all)) {
      ends = consumer.endOffsets(TopicEnd.partitions(consumer, topic));
    }
    var out = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    try (Consumer<byte[], byte[]> consumer = TopicReader.open(client)) {
      List<TopicPartition> partitions = TopicEnd.partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.beginningOffsets(partitions).forEach(consumer::seek);
      TopicEnd.reach(consumer, ends, PATIENCE, () -> consumer.poll(POLL).forEach(out::add));
    }
    return out;
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      violations.add(otherwise);
    }
  }

  /**
   * Says what was found.
   *
   * @param at where data and logs are
   * @throws IllegalStateException when anything does not hold
   */
  void requireHolds(Path at) {
    facts.forEach((what, value) -> System.out.println(what + ": " + value));
    violations.forEach(v -> System.out.println("VIOLATED: " + v));
    if (!violations.isEmpty()) {
      throw new IllegalStateException(
          violations.size() + " violations, data and logs are in " + at);
    }
  }

  List<String> violations() {
    return violations;
  }

  Map<String, Object> facts() {
    return facts;
  }

  int lost() {
    return lost;
  }

  int doubled() {
    return doubled;
  }
}
