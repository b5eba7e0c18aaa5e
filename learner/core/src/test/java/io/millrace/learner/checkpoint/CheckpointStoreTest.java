package io.millrace.learner.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplayEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private static final Lineage ANY = new Lineage(99, List.of());

  @TempDir Path directory;

  private CheckpointStore store() throws IOException {
    return CheckpointStore.open(directory, 2);
  }

  private static void save(CheckpointStore store, Checkpoint checkpoint) throws IOException {
    store.save(checkpoint, () -> {});
  }

  private List<Path> files(Path under) throws IOException {
    if (!Files.exists(under)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(under)) {
      return walk.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void anEmptyDirectoryHoldsNone() throws IOException {
    assertThat(store().restore(ANY)).isEmpty();
    assertThat(store().highestEpoch()).isZero();
    assertThat(store().id()).isEqualTo(store().id());
  }

  @Test
  void whatIsSavedIsRestoredToTheLastBit() throws IOException {
    save(store(), Checkpoints.of(1, 10));
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(1, 10));
  }

  @Test
  void theHighestEpochThenStepWins() throws IOException {
    CheckpointStore store = store();
    save(store, Checkpoints.of(1, 500));
    save(store, Checkpoints.of(2, 20));
    assertThat(store.restore(ANY).orElseThrow().name()).isEqualTo(new CheckpointName(2, 20));
  }

  @Test
  void aPlaceThatMovedOnWithoutAnUpdateIsSavedToo() throws IOException {
    CheckpointStore store = store();
    save(store, Checkpoints.of(1, 10));
    Checkpoint later = Checkpoints.movedTo(Checkpoints.of(1, 10), 77);
    assertThat(store.save(later, () -> {})).isEqualTo(new CheckpointName(1, 10, 1));
    Checkpoint restored = store().restore(ANY).orElseThrow();
    assertThat(restored.name()).isEqualTo(new CheckpointName(1, 10, 1));
    assertThat(restored.position().partitions().get(0).nextOffset()).isEqualTo(77);
    save(store, Checkpoints.of(1, 11));
    assertThat(store.names())
        .containsExactly(new CheckpointName(1, 10, 1), new CheckpointName(1, 11));
  }

  @Test
  void theLastOnesStayWithTheirSegmentsAndNothingElse() throws IOException {
    CheckpointStore store = store();
    for (int step = 10; step <= 60; step += 10) {
      save(store, Checkpoints.of(1, step));
    }
    assertThat(store.names()).containsExactly(new CheckpointName(1, 50), new CheckpointName(1, 60));
    // Two sets of five replay images, and the reference image they share with the first save.
    assertThat(files(directory.resolve("segments"))).hasSizeLessThanOrEqualTo(3);
    try (Stream<Path> list = Files.list(directory)) {
      assertThat(list.map(p -> p.getFileName().toString()).filter(n -> n.startsWith(".")))
          .isEmpty();
    }
    Checkpoints.assertSame(store().load(new CheckpointName(1, 50)), Checkpoints.of(1, 50));
  }

  @Test
  void anImageKeptOverManyCheckpointsIsWrittenOnce() throws IOException {
    CheckpointStore store = store();
    var entries = new ArrayList<ReplayEntry>();
    long written = 0;
    for (int step = 1; step <= 8; step++) {
      entries.add(new ReplayEntry("i" + step, Checkpoints.image(step), step, step, null));
      save(store, Checkpoints.of(1, step, entries));
      long now = files(directory.resolve("segments")).size();
      assertThat(now - written).isLessThanOrEqualTo(1);
      written = now;
    }
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(1, 8, entries));
  }

  @Test
  void compressedImagesAndPixelsLieInOneCheckpointAndAreWrittenOnce() throws IOException {
    CheckpointStore store = store();
    var file = new KeptImage.Encoded(new byte[] {5, 6, 7, 8});
    var entries = new ArrayList<ReplayEntry>();
    entries.add(new ReplayEntry("pixels", Checkpoints.image(1), 1, 0, null));
    entries.add(new ReplayEntry("file", file, 2, 3, null, -1));
    entries.add(new ReplayEntry("empty", new KeptImage.Encoded(new byte[0]), 3, 0, null, 4));
    save(store, Checkpoints.of(1, 10, entries));
    int written = files(directory.resolve("segments")).size();
    CheckpointStore later = store();
    Checkpoint restored = later.restore(ANY).orElseThrow();
    Checkpoints.assertSame(restored, Checkpoints.of(1, 10, entries));
    later.save(Checkpoints.of(1, 11, restored.replay()), () -> {});
    assertThat(files(directory.resolve("segments")).size() - written)
        .as("the reference image alone is new")
        .isLessThanOrEqualTo(1);
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(1, 11, entries));
  }

  @Test
  void segmentsStayFewHoweverManyCheckpointsWereSaved() throws IOException {
    CheckpointStore store = store();
    var entries = new ArrayList<ReplayEntry>();
    for (int step = 1; step <= 120; step++) {
      entries.add(new ReplayEntry("i" + step, Checkpoints.image(step), step, 0, null));
      if (entries.size() > 60) {
        entries.remove(step * 7 % 60);
      }
      save(store, Checkpoints.of(1, step, entries));
      assertThat(files(directory.resolve("segments"))).hasSizeLessThanOrEqualTo(36);
    }
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(1, 120, entries));
  }

  @Test
  void everyAlteredByteOfEveryFileIsDetectedAndTheOneBeforeUsed() throws IOException {
    CheckpointStore store = store();
    save(store, Checkpoints.of(1, 10));
    save(store, Checkpoints.of(1, 20));
    Path newest = directory.resolve(new CheckpointName(1, 20).toString());
    List<Path> all = new ArrayList<>(files(newest));
    all.addAll(files(directory.resolve("segments")).stream().filter(this::isOfTheNewest).toList());
    assertThat(all).hasSizeGreaterThanOrEqualTo(5);
    for (Path file : all) {
      // Weights do not rest on kept images: without these the newest is still the one.
      boolean kept = file.getFileName().toString().endsWith(".images");
      CheckpointName found = new CheckpointName(1, kept ? 20 : 10);
      byte[] whole = Files.readAllBytes(file);
      for (int at = 0; at < whole.length; at += 1 + whole.length / 17) {
        byte[] altered = whole.clone();
        altered[at] ^= 1;
        Files.write(file, altered);
        assertThat(store().restore(ANY).map(Checkpoint::name))
            .as("byte %d of %s", at, file)
            .isEqualTo(Optional.of(found));
        Files.write(file, java.util.Arrays.copyOf(whole, at));
        assertThat(store().restore(ANY).map(Checkpoint::name))
            .as("%s cut to %d", file, at)
            .isEqualTo(Optional.of(found));
      }
      Files.delete(file);
      assertThat(store().restore(ANY).map(Checkpoint::name)).isEqualTo(Optional.of(found));
      Files.write(file, whole);
    }
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(1, 20));
  }

  private boolean isOfTheNewest(Path segment) {
    try {
      String sha = segment.getFileName().toString().replace(".images", "");
      String older =
          Files.readString(
              directory.resolve(new CheckpointName(1, 10).toString()).resolve("manifest.json"));
      return !older.contains(sha);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aLostFileOfKeptImagesCostsTheseImagesAndNothingElse() throws IOException {
    Checkpoint whole = Checkpoints.of(1, 20);
    save(store(), whole);
    for (Path file : files(directory.resolve("segments"))) {
      Files.delete(file);
    }
    Checkpoint found = store().restore(ANY).orElseThrow();
    assertThat(found.lost()).isEqualTo(whole.replay().size() + whole.reference().size());
    assertThat(found.replay()).isEmpty();
    assertThat(found.state().counters()).isEqualTo(whole.state().counters());
    assertThat(found.state().tensors().keySet()).isEqualTo(whole.state().tensors().keySet());
    assertThat(found.position()).isEqualTo(whole.position());
    assertThat(found.offered()).isEqualTo(whole.offered());
  }

  @Test
  void aFileOfKeptImagesThatVanishesWhileRunningIsWrittenAgain() throws IOException {
    CheckpointStore running = store();
    List<ReplayEntry> kept = Checkpoints.of(1, 10).replay();
    save(running, Checkpoints.of(1, 10, kept));
    for (Path file : files(directory.resolve("segments"))) {
      Files.delete(file);
    }
    save(running, Checkpoints.of(1, 20, kept));
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(1, 20, kept));
    assertThat(store().restore(ANY).orElseThrow().lost()).isZero();
  }

  @Test
  void whereNoneIsWholeItRefusesToBeginAnew() throws IOException {
    save(store(), Checkpoints.of(1, 10));
    Files.delete(directory.resolve(new CheckpointName(1, 10).toString()).resolve("manifest.json"));
    assertThatThrownBy(() -> store().restore(ANY))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("manifest.json is not there")
        .hasMessageContaining("move them away");
  }

  @Test
  void aCrashAtAnyStepLeavesTheOldOrTheNewAndTheNextSaveWorks() throws IOException {
    Checkpoint one = Checkpoints.of(1, 10);
    Checkpoint two = Checkpoints.of(1, 20);
    Checkpoint three = Checkpoints.of(1, 30);
    Checkpoint four = Checkpoints.of(1, 40);
    boolean sawOld = false;
    boolean sawNew = false;
    for (int part : new int[] {0, 100}) {
      boolean finished = false;
      for (long at = 0; !finished; at++) {
        Path here = directory.resolve("part" + part + "-step" + at);
        CheckpointStore before = CheckpointStore.open(here, 2);
        save(before, one);
        save(before, two);
        var files = new CrashingFiles(at, part);
        try {
          var store = new CheckpointStore(here, 2, files);
          Checkpoints.assertSame(store.restore(ANY).orElseThrow(), two);
          save(store, three);
          finished = true;
        } catch (CrashingFiles.Crash expected) {
          finished = false;
        }
        Checkpoint found = CheckpointStore.open(here, 2).restore(ANY).orElseThrow();
        boolean isNew = found.name().equals(three.name());
        Checkpoints.assertSame(found, isNew ? three : two);
        sawOld |= !isNew;
        sawNew |= isNew && !finished;
        CheckpointStore after = CheckpointStore.open(here, 2);
        after.restore(ANY);
        save(after, four);
        Checkpoints.assertSame(CheckpointStore.open(here, 2).restore(ANY).orElseThrow(), four);
        assertThat(files(here).stream().filter(p -> p.toString().contains(".writing-"))).isEmpty();
        assertThat(files(here).stream().filter(p -> p.toString().contains(".removing-"))).isEmpty();
      }
    }
    assertThat(sawOld).isTrue();
    assertThat(sawNew).isTrue();
  }

  @Test
  void whatIsThrownBeforeTheRenameLeavesTheStoreAsItWas() throws IOException {
    CheckpointStore store = store();
    save(store, Checkpoints.of(1, 10));
    assertThatThrownBy(
            () ->
                store.save(
                    Checkpoints.of(1, 20),
                    () -> {
                      throw new FencedException("fenced");
                    }))
        .isInstanceOf(FencedException.class);
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(1, 10));
  }

  @Test
  void aStaleWriterTakesNothingFromItsSuccessor() throws IOException {
    CheckpointStore stale = store();
    save(stale, Checkpoints.of(1, 10));
    CheckpointStore successor = store();
    successor.restore(ANY);
    // The successor has written its segments and is about to rename when the stale one saves.
    successor.save(
        Checkpoints.of(2, 20),
        () -> {
          try {
            save(stale, Checkpoints.of(1, 11));
            save(stale, Checkpoints.of(1, 12));
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(2, 20));
  }

  @Test
  void aCheckpointOfAFencedLearnerIsNeverRestored() throws IOException {
    var leases = new MemoryLeases();
    CheckpointStore store = store();
    WriterLease older = leases.lease("m");
    long first = older.acquire(store.highestEpoch()).epoch();
    older.adopt(store.id(), null);
    store.save(Checkpoints.of(first, 10), () -> older.confirm(10));

    // The older learner confirms its next checkpoint and stalls before the rename. A newer one
    // starts, goes on from step 10 and saves nothing yet. Then the rename happens.
    WriterLease newer = leases.lease("m");
    store.save(
        Checkpoints.of(first, 20),
        () -> {
          older.confirm(20);
          try {
            Lineage lineage = newer.acquire(store.highestEpoch());
            CheckpointName adopted = store().restore(lineage).orElseThrow().name();
            assertThat(adopted).isEqualTo(new CheckpointName(first, 10));
            newer.adopt(store.id(), adopted);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    assertThat(store.names()).contains(new CheckpointName(first, 20));
    assertThatThrownBy(() -> older.confirm(30)).isInstanceOf(FencedException.class);

    // A third start, before the second ever saved, must not pick the stale one up.
    WriterLease third = leases.lease("m");
    Lineage lineage = third.acquire(store.highestEpoch());
    assertThat(store().restore(lineage).orElseThrow().name())
        .isEqualTo(new CheckpointName(first, 10));
    // Whereas another directory's history says nothing of this one.
    assertThat(lineage.admits("another store", new CheckpointName(first, 20))).isTrue();
  }

  @Test
  void processesThatOpenANewDirectoryAtOnceFindOneId(@TempDir Path folder) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 50; round++) {
        Path fresh = folder.resolve("store-" + round);
        List<Future<String>> ids =
            threads.invokeAll(Collections.nCopies(4, () -> CheckpointStore.open(fresh, 2).id()));
        String id = CheckpointStore.open(fresh, 2).id();
        for (Future<String> one : ids) {
          assertThat(one.get()).isEqualTo(id);
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void theCheckpointOfTheFirstFormStillLoads() throws Exception {
    copy("/checkpoint-form-1");
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(3, 42));
  }

  /** Written by the build of commit c931c3b; all its counts but one differ from zero. */
  @Test
  void theCheckpointOfTheSecondFormStillLoads() throws Exception {
    copy("/checkpoint-form-2");
    Checkpoints.assertSame(store().restore(ANY).orElseThrow(), Checkpoints.of(3, 47));
  }

  private void copy(String resource) throws Exception {
    Path fixture =
        Path.of(java.util.Objects.requireNonNull(getClass().getResource(resource)).toURI());
    try (Stream<Path> walk = Files.walk(fixture)) {
      for (Path from : walk.toList()) {
        Path to = directory.resolve(fixture.relativize(from).toString());
        if (Files.isDirectory(from)) {
          Files.createDirectories(to);
        } else {
          Files.copy(from, to);
        }
      }
    }
  }
}
