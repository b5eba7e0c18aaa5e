package io.millrace.learner.loop;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.group.BrokenGroupException;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.replay.KeptImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plan of a group: the leader says what it is about to do to its session, and the others do the
 * same. Nobody else looks at a clock, a lag or the stream, so no rank waits in a collective that
 * another one skips. Alone, nothing is said.
 */
final class GroupWords {
  private static final Logger LOG = LoggerFactory.getLogger(GroupWords.class);

  /** What is done next. */
  enum Word {
    /** {@link LearnerSession#consume} of the batch that comes with it. */
    CONSUME,
    /** {@link LearnerSession#replay}. */
    REPLAY,
    /** {@link LearnerSession#monitored} with the metrics that come with it. */
    MONITORED,
    /** {@link LearnerSession#rollBack} to the latest healthy checkpoint. */
    ROLL_BACK,
    /** {@link LearnerSession#asReleased} with the number of updates that comes with it. */
    ANNEAL,
    /** {@link LearnerSession#released}. */
    RELEASED,
    /** {@link #compare}. */
    COMPARE,
    /** Nothing now. */
    IDLE,
    /** The generation ends in order. */
    END
  }

  /**
   * A word and what comes with it.
   *
   * @param batch of CONSUME; without its place in the stream, which is the leader's to save
   * @param lag of CONSUME
   * @param metrics of MONITORED
   * @param updates of ANNEAL
   */
  record Said(
      Word word,
      @Nullable PreparedBatch batch,
      OptionalLong lag,
      Map<String, Double> metrics,
      int updates) {
    Said(Word word) {
      this(word, null, OptionalLong.empty(), Map.of(), 0);
    }

    static Said consume(PreparedBatch batch, OptionalLong lag) {
      return new Said(Word.CONSUME, batch, lag, Map.of(), 0);
    }

    static Said monitored(Map<String, Double> metrics) {
      return new Said(Word.MONITORED, null, OptionalLong.empty(), metrics, 0);
    }

    static Said anneal(int updates) {
      return new Said(Word.ANNEAL, null, OptionalLong.empty(), Map.of(), updates);
    }
  }

  private final LearnerGroup group;
  private final Collectives ranks;
  private long nanos;
  private boolean differed;

  GroupWords(LearnerGroup group) {
    this.group = group;
    this.ranks = group.collectives();
  }

  /** Whether nobody listens. */
  boolean alone() {
    return ranks.size() == 1;
  }

  /** Leader: says a word. */
  void say(Word word) {
    say(new Said(word));
  }

  /** Leader: says a word with what belongs to it. */
  void say(Said said) {
    if (!alone()) {
      broadcast(write(said));
    }
  }

  /** Others: waits for the next word. */
  Said hear() {
    long before = nanos;
    Said said = read(broadcast(new byte[0]));
    if (said.word() == Word.IDLE) {
      nanos = before; // what it waited for is the stream, not a slower process
    }
    return said;
  }

  private byte[] broadcast(byte[] leaders) {
    long before = ranks.nanos();
    byte[] said = ranks.broadcast(leaders);
    nanos += ranks.nanos() - before;
    return said;
  }

  /** Tells who watches that a round has ended, and how much of its time was spent in what. */
  void roundEnded(LearnerSession session) {
    group
        .rounds()
        .ended(
            session.tracker().step,
            session.computeNanos() / 1e9,
            (session.exchangeNanos() + nanos) / 1e9);
  }

  /**
   * All ranks: makes sure that they go on from the same.
   *
   * @param from empty where they begin
   * @throws BrokenGroupException where they don't
   */
  void requireSame(Optional<Checkpoint> from) {
    List<String> all =
        gather(
            from.map(c -> c.name() + " with " + c.replay().size() + " kept images").orElse("none"));
    if (all.stream().distinct().count() > 1) {
      throw new BrokenGroupException(
          "the processes would go on from different checkpoints, by rank " + all, null);
    }
  }

  /** Leader: has all {@link #compare}. */
  void compareWith(LearnerSession session) {
    if (ranks.size() > 1) {
      say(Word.COMPARE);
      compare(session);
    }
  }

  /**
   * All ranks: warns where the weights of ranks differ, which processors or builds that round
   * otherwise bring about.
   */
  void compare(LearnerSession session) {
    List<String> all = gather(session.checksum());
    if (!differed && all.stream().distinct().count() > 1) {
      differed = true;
      LOG.warn(
          "at step {} the processes have slightly different weights (checksums by rank {}): the"
              + " leader's count, expected processors of one kind and as many threads in each",
          session.tracker().step,
          all);
    }
  }

  private List<String> gather(String own) {
    return ranks.gather(own.getBytes(StandardCharsets.UTF_8)).stream()
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .toList();
  }

  static byte[] write(Said said) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(said.word().ordinal());
      PreparedBatch batch = said.batch();
      if (batch != null) {
        out.writeLong(said.lag().orElse(-1));
        write(batch, out);
      }
      if (said.word() == Word.ANNEAL) {
        out.writeInt(said.updates());
      }
      if (said.word() == Word.MONITORED) {
        out.writeInt(said.metrics().size());
        for (Map.Entry<String, Double> metric : said.metrics().entrySet()) {
          write(metric.getKey(), out);
          out.writeDouble(metric.getValue());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // in memory
    }
    return bytes.toByteArray();
  }

  private static void write(PreparedBatch batch, DataOutputStream out) throws IOException {
    out.writeInt(batch.images().size());
    for (StreamImage image : batch.images()) {
      PixelImage pixels = image.image().image();
      write(image.id(), out);
      out.writeInt(pixels.width());
      out.writeInt(pixels.height());
      out.write(pixels.rgb());
      // Held as pixels, it is those.
      write(image.kept() instanceof KeptImage.Encoded e ? e.file() : new byte[0], out);
    }
    out.writeInt(batch.forgotten().size());
    for (String id : batch.forgotten()) {
      write(id, out);
    }
    out.writeInt(batch.duplicates());
    out.writeLong(batch.gaps());
    out.writeInt(batch.undecodable());
    out.writeInt(batch.tombstones());
    out.writeInt(batch.withdrawn());
  }

  private static void write(String text, DataOutputStream out) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8), out);
  }

  private static void write(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static Said read(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Word word = Word.values()[in.readUnsignedByte()];
      if (word == Word.CONSUME) {
        long lag = in.readLong();
        return Said.consume(batch(in), lag < 0 ? OptionalLong.empty() : OptionalLong.of(lag));
      }
      if (word == Word.ANNEAL) {
        return Said.anneal(in.readInt());
      }
      if (word != Word.MONITORED) {
        return new Said(word);
      }
      var metrics = new TreeMap<String, Double>();
      for (int left = in.readInt(); left > 0; left--) {
        metrics.put(text(in), in.readDouble());
      }
      return Said.monitored(metrics);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "what the leader said, of " + bytes.length + " bytes, is cut off", e);
    }
  }

  private static PreparedBatch batch(DataInputStream in) throws IOException {
    var images = new ArrayList<StreamImage>();
    for (int left = in.readInt(); left > 0; left--) {
      String id = text(in);
      int width = in.readInt();
      int height = in.readInt();
      var pixels = new PixelImage(width, height, bytes(in, 3 * width * height));
      byte[] file = bytes(in, in.readInt());
      images.add(
          new StreamImage(
              new IdentifiedImage(id, pixels),
              file.length == 0 ? KeptImage.of(pixels) : new KeptImage.Encoded(file)));
    }
    var forgotten = new ArrayList<String>();
    for (int left = in.readInt(); left > 0; left--) {
      forgotten.add(text(in));
    }
    return new PreparedBatch(
        List.copyOf(images),
        List.copyOf(forgotten),
        in.readInt(),
        in.readLong(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        FeedPosition.start());
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(bytes(in, in.readInt()), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(DataInputStream in, int length) throws IOException {
    byte[] read = in.readNBytes(length);
    if (read.length < length) {
      throw new EOFException(read.length + " of " + length + " bytes");
    }
    return read;
  }
}
