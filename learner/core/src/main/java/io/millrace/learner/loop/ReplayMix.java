package io.millrace.learner.loop;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.evaluate.FeatureExtractor;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.replay.ReplayBuffer;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which images an update gets, fresh and replayed, and what replay is told afterwards. Counts
 * nothing and knows no stream: the learner and the stream benchmark share it.
 */
public final class ReplayMix {
  /** Makes one update. */
  @FunctionalInterface
  public interface Update {
    /**
     * One update on these images.
     *
     * @param fresh how many of them, from the first, come from the stream
     * @return null where it was skipped
     */
    @Nullable StepReport on(List<IdentifiedImage> images, int fresh);
  }

  private final ReplayBuffer replay;
  private final int batchSize;
  private final int shards;
  private final Engine engine;
  private final EvalView view;
  private final Supplier<Network> representation;
  private final DrawnImages drawn;
  private final IntConsumer lost;

  /**
   * For a buffer that holds pixels alone.
   *
   * @param batchSize images of a full update
   * @param view how the representation looks at images where an update gives no features
   */
  public ReplayMix(
      ReplayBuffer replay,
      int batchSize,
      Engine engine,
      EvalView view,
      Supplier<Network> representation) {
    this(replay, batchSize, 1, engine, view, representation, DrawnImages.ofPixels(), n -> {});
  }

  /**
   * The same for updates that are made in shards.
   *
   * @param shards which each get as many images
   * @param drawn decodes what is drawn
   * @param lost told how many drawn images did not decode; replay has dropped them
   */
  ReplayMix(
      ReplayBuffer replay,
      int batchSize,
      int shards,
      Engine engine,
      EvalView view,
      Supplier<Network> representation,
      DrawnImages drawn,
      IntConsumer lost) {
    this.drawn = drawn;
    this.lost = lost;
    this.replay = replay;
    this.batchSize = batchSize;
    this.shards = shards;
    this.engine = engine;
    this.view = view;
    this.representation = representation;
  }

  /**
   * Takes images of the stream in and makes one update. At most {@code freshShare} of its images
   * are theirs, spread evenly over them, and offered to replay once it has drawn; the others are
   * offered before. A batch that is not full is filled up from replay, so that batch statistics
   * stay those of a full batch; one image alone, with nothing in replay, goes in twice under two
   * names (and so with two views).
   *
   * @param step the update's number, which the draw is keyed by
   * @param more whether the next update is from replay, so that its images can be decoded meanwhile
   * @return null where the update was skipped
   */
  public @Nullable StepReport fresh(
      List<StreamImage> images, long step, boolean more, Update update) {
    int direct = (int) Math.min(images.size(), Math.floor(replay.freshShare() * batchSize));
    if (direct == images.size()) {
      return learn(images, step, more, update);
    }
    var fresh = new ArrayList<StreamImage>();
    var later = new ArrayList<StreamImage>();
    for (int i = 0; i < images.size(); i++) {
      boolean now = (long) (i + 1) * direct / images.size() > (long) i * direct / images.size();
      (now ? fresh : later).add(images.get(i));
    }
    for (StreamImage image : later) {
      replay.offer(image.id(), image.kept(), null);
    }
    if (fresh.isEmpty() && replay.size() == 0) { // too large to keep: nothing goes unlearned
      return learn(images, step, more, update);
    }
    return learn(fresh, step, more, update);
  }

  /**
   * Replay gets the images before the update is made where it does not ask how they are seen: the
   * same buffer afterwards, and the next draw is known while the update runs.
   */
  private @Nullable StepReport learn(
      List<StreamImage> images, long step, boolean more, Update update) {
    List<IdentifiedImage> filled =
        filled(pixels(images), take(replay.draw(batchSize - images.size(), step)));
    boolean features = replay.wantsFeatures();
    if (!features) {
      images.forEach(image -> replay.offer(image.id(), image.kept(), null));
    }
    StepReport report = update(filled, images.size(), step, more, update);
    Map<String, float[]> seen = observed(report, filled);
    if (features) {
      images.forEach(image -> replay.offer(image.id(), image.kept(), seen.get(image.id())));
    }
    return report;
  }

  private static List<IdentifiedImage> pixels(List<StreamImage> images) {
    return images.stream().map(StreamImage::image).toList();
  }

  private @Nullable StepReport update(
      List<IdentifiedImage> images, int fresh, long step, boolean more, Update update) {
    if (more && !replay.wantsFeatures()) {
      drawn.ahead(replay.peek(batchSize, step + 1));
    }
    return images.isEmpty() ? null : update.on(images, fresh);
  }

  /** One more update on images of the stream, under new views; replay is not asked. */
  public @Nullable StepReport again(List<StreamImage> images, Update update) {
    return update.on(filled(pixels(images), List.of()), images.size());
  }

  /** What an update gets. */
  private List<IdentifiedImage> filled(List<IdentifiedImage> fresh, List<IdentifiedImage> drawn) {
    var all = new ArrayList<>(fresh);
    all.addAll(drawn);
    return forShards(all);
  }

  /** As many for each shard, and two or more: what batch statistics need. */
  private List<IdentifiedImage> forShards(List<IdentifiedImage> images) {
    int each = Math.max(2, (images.size() + shards - 1) / shards);
    return repeated(images, each * shards);
  }

  /**
   * Shows images again under further names, and so by other views, until there are enough. None
   * stay none: nothing that was drawn decoded.
   */
  static List<IdentifiedImage> repeated(List<IdentifiedImage> images, int least) {
    int there = images.size();
    var all = new ArrayList<>(images);
    while (there > 0 && all.size() < least) {
      IdentifiedImage again = images.get(all.size() % there);
      all.add(new IdentifiedImage(again.id() + "#" + (all.size() / there + 1), again.image()));
    }
    return all;
  }

  /** Drawn images as pixels. One that does not decode would not the next time: it goes. */
  private List<IdentifiedImage> take(List<ReplayEntry> entries) {
    var broken = new ArrayList<String>();
    List<IdentifiedImage> images = drawn.pixels(entries, broken);
    if (!broken.isEmpty()) {
      replay.forget(broken);
      lost.accept(broken.size());
    }
    return images;
  }

  /**
   * One update from replay alone.
   *
   * @param more whether the next update is from replay too
   * @return null where the update was skipped, or none of the drawn images decoded
   */
  public @Nullable StepReport replayed(long step, boolean more, Update update) {
    List<IdentifiedImage> images = filled(List.of(), take(replay.draw(batchSize, step)));
    StepReport report = update(images, 0, step, more, update);
    observed(report, images);
    return report;
  }

  /** Whether replay has enough images for an update. */
  public boolean canReplay() {
    return replay.size() > 1;
  }

  /**
   * Features by id, noted in replay; none where it does not want them, or the update was skipped.
   */
  private Map<String, float[]> observed(@Nullable StepReport report, List<IdentifiedImage> images) {
    if (report == null || !replay.wantsFeatures()) {
      return Map.of();
    }
    float[] values = report.features();
    if (values == null) {
      values =
          new FeatureExtractor(engine, view)
              .features(representation.get(), IdentifiedImage.pixels(images))
              .values();
    }
    int dim = values.length / images.size();
    var byId = new HashMap<String, float[]>();
    for (int i = 0; i < images.size(); i++) {
      byId.put(images.get(i).id(), Arrays.copyOfRange(values, i * dim, (i + 1) * dim));
    }
    replay.observe(byId);
    return byId;
  }
}
