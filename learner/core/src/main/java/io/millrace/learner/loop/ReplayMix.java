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

  /**
   * @param batchSize images of a full update
   * @param view how the representation looks at images where an update gives no features
   */
  public ReplayMix(
      ReplayBuffer replay,
      int batchSize,
      Engine engine,
      EvalView view,
      Supplier<Network> representation) {
    this(replay, batchSize, 1, engine, view, representation);
  }

  /**
   * The same for updates that are made in shards.
   *
   * @param shards which each get as many images
   */
  public ReplayMix(
      ReplayBuffer replay,
      int batchSize,
      int shards,
      Engine engine,
      EvalView view,
      Supplier<Network> representation) {
    this.replay = replay;
    this.batchSize = batchSize;
    this.shards = shards;
    this.engine = engine;
    this.view = view;
    this.representation = representation;
  }

  /**
   * Takes images of the stream in and makes one update. At most {@code freshShare} of its images
   * are theirs, spread evenly over them, and offered to replay afterwards; the others are offered
   * before. A batch that is not full is filled up from replay, so that batch statistics stay those
   * of a full batch; one image alone, with nothing in replay, goes in twice under two names (and so
   * with two views).
   *
   * @param step the update's number, which the draw is keyed by
   */
  public @Nullable StepReport fresh(List<IdentifiedImage> images, long step, Update update) {
    int direct = (int) Math.min(images.size(), Math.floor(replay.freshShare() * batchSize));
    if (direct == images.size()) {
      return learnThenKeep(images, step, update);
    }
    var fresh = new ArrayList<IdentifiedImage>();
    var later = new ArrayList<IdentifiedImage>();
    for (int i = 0; i < images.size(); i++) {
      boolean now = (long) (i + 1) * direct / images.size() > (long) i * direct / images.size();
      (now ? fresh : later).add(images.get(i));
    }
    for (IdentifiedImage image : later) {
      replay.offer(image.id(), image.image());
    }
    if (fresh.isEmpty() && replay.size() == 0) { // too large to keep: nothing goes unlearned
      return learnThenKeep(images, step, update);
    }
    return learnThenKeep(fresh, step, update);
  }

  private @Nullable StepReport learnThenKeep(
      List<IdentifiedImage> images, long step, Update update) {
    List<IdentifiedImage> filled = filled(images, replay.draw(batchSize - images.size(), step));
    StepReport report = update.on(filled, images.size());
    Map<String, float[]> seen = observed(report, filled);
    for (IdentifiedImage image : images) {
      replay.offer(image.id(), image.image(), seen.get(image.id()));
    }
    return report;
  }

  /** One more update on images of the stream, under new views; replay is not asked. */
  public @Nullable StepReport again(List<IdentifiedImage> images, Update update) {
    return update.on(filled(images, List.of()), images.size());
  }

  /** What an update gets. */
  private List<IdentifiedImage> filled(List<IdentifiedImage> fresh, List<ReplayEntry> drawn) {
    var all = new ArrayList<>(fresh);
    all.addAll(identified(drawn));
    return forShards(all);
  }

  /**
   * Shows images again under further names, and so by other views, until each shard has two or
   * more, and all have as many.
   */
  private List<IdentifiedImage> forShards(List<IdentifiedImage> images) {
    int there = images.size();
    var all = new ArrayList<>(images);
    while (all.size() < 2 * shards || all.size() % shards != 0) {
      IdentifiedImage again = images.get(all.size() % there);
      all.add(new IdentifiedImage(again.id() + "#" + (all.size() / there + 1), again.image()));
    }
    return all;
  }

  private static List<IdentifiedImage> identified(List<ReplayEntry> drawn) {
    return drawn.stream().map(entry -> new IdentifiedImage(entry.id(), entry.image())).toList();
  }

  /** One update from replay alone. */
  public @Nullable StepReport replayed(long step, Update update) {
    List<IdentifiedImage> images = forShards(identified(replay.draw(batchSize, step)));
    StepReport report = update.on(images, 0);
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
