package io.millrace.learner.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.objects.ObjectPlace;
import io.millrace.learner.checkpoint.Lineage.Adoption;
import io.millrace.learner.replay.ReplayEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints in object storage: what is put, what is fetched, and what a failure leaves. */
class CheckpointObjectsTest {
  private static final Lineage ANY = new Lineage(99, List.of());
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String ROOT = "bucket/birds/m/";

  @TempDir Path dir;

  private final MemoryObjects bucket = new MemoryObjects();
  private final List<CheckpointName> uploaded = new CopyOnWriteArrayList<>();
  private final AtomicInteger failed = new AtomicInteger();
  private final List<CheckpointStore> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(CheckpointStore::close);
  }

  private CheckpointStore store(String folder) throws IOException {
    var told =
        new UploadListener() {
          @Override
          public void uploaded(CheckpointName name, long nanos) {
            uploaded.add(name);
          }

          @Override
          public void failed() {
            failed.incrementAndGet();
          }
        };
    var objects =
        new CheckpointObjects(bucket, ObjectPlace.parse("s3://bucket/birds/").folder("m"), 2);
    var store = new CheckpointStore(dir.resolve(folder), 2, DurableFiles.real(), objects, told);
    open.add(store);
    return store;
  }

  private void save(CheckpointStore store, Checkpoint checkpoint) throws IOException {
    CheckpointName name = store.save(checkpoint, () -> {});
    await().atMost(SOON).until(() -> uploaded.contains(name));
  }

  private Set<String> there() {
    var out = new TreeSet<String>();
    bucket.content.keySet().forEach(key -> out.add(key.substring(ROOT.length())));
    return out;
  }

  private Set<CheckpointName> whole() {
    var out = new TreeSet<CheckpointName>();
    for (String name : there()) {
      if (name.endsWith("/SHA256SUMS")) {
        out.add(CheckpointName.parse(name.substring(0, name.indexOf('/'))).orElseThrow());
      }
    }
    return out;
  }

  @Test
  void anEmptyFolderGetsTheLatestToTheLastBitAndGoesOn() throws IOException {
    CheckpointStore first = store("first");
    first.begin(1, null);
    save(first, Checkpoints.of(1, 10));
    save(first, Checkpoints.of(1, 20));

    CheckpointStore second = store("second");
    assertThat(second.fetch(ANY)).isTrue();
    assertThat(second.fetch(ANY)).as("it has it now").isFalse();
    Checkpoints.assertSame(second.restore(ANY).orElseThrow(), Checkpoints.of(1, 20));
    second.begin(2, new CheckpointName(1, 20));
    save(second, Checkpoints.of(2, 30));
    assertThat(whole()).containsExactly(new CheckpointName(1, 20), new CheckpointName(2, 30));
    assertThat(there())
        .filteredOn(name -> name.startsWith("epoch-"))
        .containsExactly("epoch-0000000002");

    assertThat(first.fetch(ANY)).as("the folder that comes back is behind").isTrue();
    Checkpoints.assertSame(first.restore(ANY).orElseThrow(), Checkpoints.of(2, 30));
  }

  @Test
  void whatTheFolderHasIsNotFetched() throws IOException {
    CheckpointStore store = store("first");
    store.begin(1, null);
    save(store, Checkpoints.of(1, 10));
    bucket.away = true;
    store.save(Checkpoints.of(1, 20), () -> {});
    bucket.away = false;
    assertThat(store.fetch(ANY)).isFalse();
    Checkpoints.assertSame(store.restore(ANY).orElseThrow(), Checkpoints.of(1, 20));
  }

  @Test
  void imagesThatAreThereAreNotPutAgain() throws IOException {
    CheckpointStore store = store("first");
    store.begin(1, null);
    var entries = new ArrayList<ReplayEntry>();
    for (int step = 1; step <= 6; step++) {
      entries.add(new ReplayEntry("i" + step, Checkpoints.image(step), step, step, null));
      save(store, Checkpoints.of(1, step, entries));
    }
    List<String> segments =
        bucket.done.stream().filter(d -> d.startsWith("put birds/m/segments/")).toList();
    assertThat(segments).hasSizeGreaterThan(4).doesNotHaveDuplicates();
    CheckpointStore second = store("second");
    assertThat(second.fetch(ANY)).isTrue();
    Checkpoints.assertSame(second.restore(ANY).orElseThrow(), Checkpoints.of(1, 6, entries));
  }

  @Test
  void aHalfPutOneIsNeverRead() throws IOException {
    CheckpointStore local = CheckpointStore.open(dir.resolve("first"), 9);
    local.save(Checkpoints.of(1, 10), () -> {});
    local.save(Checkpoints.of(1, 20), () -> {});
    var directory = new CheckpointDirectory(dir.resolve("first"), DurableFiles.real());
    var segments = new ImageSegments(dir.resolve("first/segments"), DurableFiles.real());
    var objects = new CheckpointObjects(bucket, ObjectPlace.parse("s3://bucket/birds/m/"), 2);
    objects.put(new CheckpointName(1, 10), 1, directory, segments);
    Set<String> before = Set.copyOf(bucket.content.keySet());

    boolean failing = true;
    for (int changes = 0; failing; changes++) {
      bucket.content.keySet().retainAll(before);
      bucket.changesLeft = changes;
      try {
        objects.put(new CheckpointName(1, 20), 1, directory, segments);
        failing = false;
        assertThat(changes).as("images, state, replay, manifest, sums").isGreaterThan(4);
      } catch (IOException e) {
        assertThat(e).hasMessage("the store is away");
      }
      bucket.changesLeft = Integer.MAX_VALUE;
      CheckpointStore fetching = store("fetching" + changes);
      assertThat(fetching.fetch(ANY)).isTrue();
      Checkpoints.assertSame(
          fetching.restore(ANY).orElseThrow(), Checkpoints.of(1, failing ? 10 : 20));
    }
  }

  @Test
  void anAlteredOneIsPassedOverAndLostImagesAreCounted() throws IOException {
    CheckpointStore store = store("first");
    store.begin(1, null);
    save(store, Checkpoints.of(1, 10));
    save(store, Checkpoints.of(1, 20));
    bucket.content.put(
        ROOT + "checkpoint-0000000001-000000000000020/state.safetensors", new byte[9]);
    CheckpointStore second = store("second");
    assertThat(second.fetch(ANY)).isTrue();
    Checkpoints.assertSame(second.restore(ANY).orElseThrow(), Checkpoints.of(1, 10));

    bucket.content.keySet().removeIf(name -> name.startsWith(ROOT + "segments/"));
    CheckpointStore third = store("third");
    assertThat(third.fetch(ANY)).isTrue();
    assertThat(third.restore(ANY).orElseThrow().lost()).isEqualTo(6);

    bucket.content.keySet().removeIf(name -> name.endsWith("/state.safetensors"));
    assertThatThrownBy(() -> store("fourth").fetch(ANY)).isInstanceOf(IOException.class);
    assertThat(store("fourth").names()).isEmpty();
  }

  @Test
  void aLearnerThatWasFencedOffChangesNothingThere() throws IOException {
    CheckpointStore stale = store("stale");
    stale.begin(1, null);
    save(stale, Checkpoints.of(1, 10));
    CheckpointStore second = store("second");
    assertThat(second.fetch(ANY)).isTrue();
    second.begin(2, new CheckpointName(1, 10));
    await().atMost(SOON).until(() -> there().contains("epoch-0000000002"));
    Set<String> before = there();

    for (int step = 20; step <= 50; step += 10) {
      int failures = failed.get();
      stale.save(Checkpoints.of(1, step), () -> {});
      if (step == 20) {
        await().atMost(SOON).until(() -> failed.get() > failures);
      }
    }
    stale.awaitUploads();
    assertThat(there()).isEqualTo(before);
  }

  @Test
  void whatAFencedLearnerPutBeforeItsSuccessorCameIsNotGoneOnFrom() throws IOException {
    CheckpointStore stale = store("stale");
    stale.begin(1, null);
    save(stale, Checkpoints.of(1, 10));
    save(stale, Checkpoints.of(1, 20));
    // The successor, in a folder of its own, had the first one.
    var lineage =
        new Lineage(3, List.of(new Adoption(2, "another store", new CheckpointName(1, 10))));
    CheckpointStore second = store("second");
    assertThat(second.fetch(lineage)).isTrue();
    Checkpoints.assertSame(second.restore(lineage).orElseThrow(), Checkpoints.of(1, 10));
  }

  @Test
  void oldOnesGoAsOnDiskAndTheLastHealthyStays() throws IOException {
    CheckpointStore store = store("first");
    store.begin(1, null);
    for (int step : List.of(10, 20, 27, 37, 47)) { // those that end with 7 are unhealthy
      save(store, Checkpoints.of(1, step));
    }
    assertThat(whole()).containsExactlyElementsOf(store.names());
    assertThat(whole())
        .containsExactly(
            new CheckpointName(1, 20), new CheckpointName(1, 37), new CheckpointName(1, 47));
    var named = new HashSet<String>();
    for (CheckpointName name : store.names()) {
      CheckpointFiles.manifest(dir.resolve("first").resolve(name.toString()))
          .segments()
          .forEach(segment -> named.add("segments/" + segment + ".images"));
    }
    assertThat(there().stream().filter(name -> name.startsWith("segments/")))
        .containsExactlyInAnyOrderElementsOf(named);
    assertThat(there()).filteredOn(name -> name.startsWith("checkpoint-")).hasSize(3 * 4);
  }

  @Test
  void aStoreThatIsAwayStopsNothingAndLosesNothing() throws IOException {
    bucket.away = true;
    CheckpointStore store = store("first");
    store.begin(1, null);
    for (int step = 10; step <= 50; step += 10) {
      store.save(Checkpoints.of(1, step), () -> {});
    }
    await().atMost(SOON).until(() -> failed.get() >= 2);
    Checkpoints.assertSame(store.restore(ANY).orElseThrow(), Checkpoints.of(1, 50));
    bucket.away = false;
    store.awaitUploads();
    assertThat(whole()).containsExactly(new CheckpointName(1, 50));
    assertThat(uploaded).containsExactly(new CheckpointName(1, 50));
  }

  @Test
  void oneThatIsBeingPutStaysOnDiskUntilItIsThere() throws IOException {
    CheckpointStore store = store("first");
    store.begin(1, null);
    await().atMost(SOON).until(() -> there().contains("epoch-0000000001"));
    bucket.gate = new CountDownLatch(1);
    store.save(Checkpoints.of(1, 10), () -> {});
    await()
        .atMost(SOON)
        .until(() -> bucket.done.stream().filter(d -> d.startsWith("list")).count() == 1);
    for (int step = 20; step <= 50; step += 10) {
      store.save(Checkpoints.of(1, step), () -> {});
    }
    assertThat(store.names())
        .containsExactly(
            new CheckpointName(1, 10), new CheckpointName(1, 40), new CheckpointName(1, 50));
    bucket.gate.countDown();
    await().atMost(SOON).until(() -> uploaded.size() == 2);
    assertThat(uploaded).containsExactly(new CheckpointName(1, 10), new CheckpointName(1, 50));
    save(store, Checkpoints.of(1, 60));
    assertThat(store.names()).containsExactly(new CheckpointName(1, 50), new CheckpointName(1, 60));
    assertThat(Files.exists(dir.resolve("first/checkpoint-0000000001-000000000000010"))).isFalse();
  }
}
