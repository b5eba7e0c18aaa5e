package io.millrace.learner.checkpoint;

import io.millrace.ingest.objects.ObjectPlace;
import io.millrace.ingest.objects.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints of one model in object storage, as they are in the directory:
 *
 * <pre>
 * checkpoint-&lt;epoch&gt;-&lt;step&gt;[-&lt;sequence&gt;]/
 *   state.safetensors  replay.json  manifest.json  SHA256SUMS
 * segments/&lt;epoch&gt;/&lt;sha&gt;.images
 * epoch-&lt;epoch&gt;
 * </pre>
 *
 * {@code SHA256SUMS} is put last and removed first: what lacks it is no checkpoint. No object is
 * ever put in the place of another one's, for names have the epoch of the lease. {@code epoch-…}
 * tells a learner that was fenced off and does not know it yet: from then on it neither puts nor
 * removes.
 */
public final class CheckpointObjects {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointObjects.class);
  private static final List<String> FILES =
      List.of(
          CheckpointFiles.STATE,
          CheckpointFiles.REPLAY,
          CheckpointFiles.MANIFEST,
          CheckpointFiles.SUMS);
  private static final String SEGMENTS = "segments/";
  private static final String MARK = "epoch-";

  private final ObjectStore objects;
  private final ObjectPlace place;
  private final int keep;
  private final Map<CheckpointName, CheckpointManifest> manifests = new HashMap<>();

  /**
   * @param objects stays its maker's
   * @param place of this model alone
   * @param keep checkpoints that stay there, 2 or more
   */
  public CheckpointObjects(ObjectStore objects, ObjectPlace place, int keep) {
    this.objects = objects;
    this.place = place;
    this.keep = keep;
  }

  /** What is there: sizes by name. */
  private Map<String, Long> list() throws IOException {
    var out = new HashMap<String, Long>();
    objects
        .list(place.bucket(), place.prefix())
        .forEach((key, bytes) -> out.put(key.substring(place.prefix().length()), bytes));
    return out;
  }

  private void put(String name, Path file) throws IOException {
    objects.put(place.bucket(), place.key(name), file);
  }

  private void delete(String name) throws IOException {
    objects.delete(place.bucket(), place.key(name));
  }

  private InputStream read(String name) throws IOException {
    return objects.read(place.bucket(), place.key(name));
  }

  /**
   * Tells learners of epochs before that another one is at work.
   *
   * @param file any small one; it becomes the mark's content
   */
  void mark(long epoch, Path file) throws IOException {
    put(String.format("%s%010d", MARK, epoch), file);
  }

  /**
   * Puts a checkpoint and those of its segments that are not there, then removes what no kept
   * checkpoint needs.
   *
   * @param epoch of the lease, by which one may go on from a checkpoint of an epoch before
   * @throws IOException where the store does not take it, or a learner of a later epoch is at work
   *     there; another try puts what is missing
   */
  synchronized void put(
      CheckpointName name, long epoch, CheckpointDirectory directory, ImageSegments segments)
      throws IOException {
    Map<String, Long> there = list();
    requireLast(there, epoch);
    Path own = directory.of(name);
    CheckpointManifest manifest = CheckpointFiles.manifest(own);
    if (!whole(there).contains(name)) {
      for (String segment : manifest.segments()) {
        Path file = segments.file(segment);
        // One that is lost here is lost there.
        if (Files.isRegularFile(file)
            && !Long.valueOf(Files.size(file)).equals(there.get(key(segment)))) {
          put(key(segment), file);
        }
      }
      for (String file : FILES) {
        put(name + "/" + file, own.resolve(file));
      }
    }
    manifests.put(name, manifest);
    prune(epoch);
  }

  private void requireLast(Map<String, Long> there, long epoch) throws IOException {
    long last =
        Stream.concat(marks(there).stream(), named(there).stream().map(CheckpointName::epoch))
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    if (last > epoch) {
      throw new IOException(
          "a learner of epoch %d is at work in %s: this one, of epoch %d, changes nothing there"
              .formatted(last, place, epoch));
    }
  }

  private void prune(long epoch) throws IOException {
    Map<String, Long> there = list();
    requireLast(there, epoch);
    var kept = new ArrayList<>(whole(there));
    kept.removeAll(CheckpointRetention.surplus(kept, keep, this::healthy));
    for (CheckpointName name : named(there)) {
      if (!kept.contains(name)) {
        delete(name + "/" + CheckpointFiles.SUMS);
        for (String file : there.keySet()) {
          if (file.startsWith(name + "/")) {
            delete(file);
          }
        }
      }
    }
    manifests.keySet().retainAll(kept);
    Set<String> used = new HashSet<>();
    for (CheckpointName name : kept) {
      manifest(name).segments().forEach(s -> used.add(key(s)));
    }
    for (String file : there.keySet()) {
      if (file.startsWith(SEGMENTS)
          && !used.contains(file)
          && file.compareTo(String.format("%s%010d", SEGMENTS, epoch + 1)) < 0) {
        delete(file);
      }
    }
    for (long mark : marks(there)) {
      if (mark < epoch) {
        delete(String.format("%s%010d", MARK, mark));
      }
    }
  }

  private CheckpointManifest manifest(CheckpointName name) throws IOException {
    CheckpointManifest known = manifests.get(name);
    if (known == null) {
      try (InputStream in = read(name + "/" + CheckpointFiles.MANIFEST)) {
        known = CheckpointFiles.JSON.readValue(in, CheckpointManifest.class);
      }
      manifests.put(name, known);
    }
    return known;
  }

  private boolean healthy(CheckpointName name) {
    try {
      return !manifest(name).progress().unhealthy();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Brings the highest checkpoint of the lineage that is whole into a directory, where it is higher
   * than what that has.
   *
   * @param own the directory's highest; null without any
   * @return the one brought; empty where none is higher
   * @throws IOException where the store does not answer, or higher ones are there and none is whole
   */
  Optional<CheckpointName> fetch(
      Lineage lineage,
      @Nullable CheckpointName own,
      CheckpointDirectory directory,
      ImageSegments segments,
      DurableFiles files)
      throws IOException {
    List<CheckpointName> higher =
        whole(list()).stream()
            .filter(name -> lineage.admits(name) && (own == null || name.compareTo(own) > 0))
            .sorted(Comparator.reverseOrder())
            .toList();
    IOException broken = null;
    for (CheckpointName name : higher) {
      try {
        fetch(name, directory, segments, files);
        LOG.info("fetched {} from {}", name, place);
        return Optional.of(name);
      } catch (IOException e) {
        LOG.warn("passed over {} in {}: {}", name, place, e.getMessage());
        broken = broken == null ? e : broken;
      }
    }
    if (broken != null) {
      throw broken;
    }
    return Optional.empty();
  }

  private void fetch(
      CheckpointName name,
      CheckpointDirectory directory,
      ImageSegments segments,
      DurableFiles files)
      throws IOException {
    Path writing = directory.beginWriting(name);
    for (String file : FILES) {
      try (InputStream in = read(name + "/" + file)) {
        files.write(writing.resolve(file), in::transferTo);
      }
    }
    CheckpointFiles.check(writing);
    for (String segment : CheckpointFiles.manifest(writing).segments()) {
      if (!Files.isRegularFile(segments.file(segment))) {
        try (InputStream in = read(key(segment))) {
          segments.take(segment, in);
        } catch (NoSuchFileException e) {
          LOG.error("{} lacks the images of one file: {}", name, e.getMessage());
        }
      }
    }
    files.syncDirectory(writing);
    directory.publish(writing, name);
  }

  private static String key(String segment) {
    return SEGMENTS + segment + ImageSegments.SUFFIX;
  }

  /** Those with all their files, lowest first. */
  private static Set<CheckpointName> whole(Map<String, Long> there) {
    var out = new TreeSet<>(named(there));
    out.removeIf(name -> !there.containsKey(name + "/" + CheckpointFiles.SUMS));
    return out;
  }

  /** Those of which there is anything. */
  private static Set<CheckpointName> named(Map<String, Long> there) {
    var out = new TreeSet<CheckpointName>();
    for (String file : there.keySet()) {
      CheckpointName.parse(file.substring(0, Math.max(0, file.indexOf('/')))).ifPresent(out::add);
    }
    return out;
  }

  private static Set<Long> marks(Map<String, Long> there) {
    var out = new TreeSet<Long>();
    for (String file : there.keySet()) {
      if (file.matches(MARK + "\\d{10}")) {
        out.add(Long.parseLong(file.substring(MARK.length())));
      }
    }
    return out;
  }

  @Override
  public String toString() {
    return place.toString();
  }
}
