package io.millrace.learner.loop;

import io.millrace.ingest.decode.PixelImage;
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
     * @return null where it was left out
     */
    @Nullable StepReport on(List<String> ids, List<PixelImage> images, int fresh);
  }

  private final ReplayBuffer replay;
  private final int batchSize;
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
    this.replay = replay;
    this.batchSize = batchSize;
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
  public @Nullable StepReport fresh(
      List<String> ids, List<PixelImage> images, long step, Update update) {
    int direct = (int) Math.min(images.size(), Math.floor(replay.freshShare() * batchSize));
    if (direct == images.size()) {
      return learnThenKeep(ids, images, step, update);
    }
    var freshIds = new ArrayList<String>();
    var fresh = new ArrayList<PixelImage>();
    var laterIds = new ArrayList<String>();
    var later = new ArrayList<PixelImage>();
    for (int i = 0; i < images.size(); i++) {
      boolean now = (long) (i + 1) * direct / images.size() > (long) i * direct / images.size();
      (now ? freshIds : laterIds).add(ids.get(i));
      (now ? fresh : later).add(images.get(i));
    }
    for (int i = 0; i < later.size(); i++) {
      replay.offer(laterIds.get(i), later.get(i));
    }
    if (freshIds.isEmpty() && replay.size() == 0) { // too large to keep: nothing goes unlearned
      return learnThenKeep(ids, images, step, update);
    }
    return learnThenKeep(freshIds, fresh, step, update);
  }

  private @Nullable StepReport learnThenKeep(
      List<String> ids, List<PixelImage> images, long step, Update update) {
    Filled filled = Filled.of(ids, images, replay.draw(batchSize - images.size(), step));
    StepReport report = update.on(filled.ids(), filled.images(), images.size());
    Map<String, float[]> seen = observed(report, filled.ids(), filled.images());
    for (int i = 0; i < images.size(); i++) {
      replay.offer(ids.get(i), images.get(i), seen.get(ids.get(i)));
    }
    return report;
  }

  /** One more update on images of the stream, under new views; replay is not asked. */
  public @Nullable StepReport again(List<String> ids, List<PixelImage> images, Update update) {
    Filled filled = Filled.of(ids, images, List.of());
    return update.on(filled.ids(), filled.images(), images.size());
  }

  /** What an update gets. */
  private record Filled(List<String> ids, List<PixelImage> images) {
    static Filled of(List<String> fresh, List<PixelImage> images, List<ReplayEntry> drawn) {
      var allIds = new ArrayList<>(fresh);
      var all = new ArrayList<>(images);
      for (ReplayEntry entry : drawn) {
        allIds.add(entry.id());
        all.add(entry.image());
      }
      if (all.size() == 1) {
        allIds.add(allIds.get(0) + "#2");
        all.add(all.get(0));
      }
      return new Filled(allIds, all);
    }
  }

  /** One update from replay alone. */
  public @Nullable StepReport replayed(long step, Update update) {
    List<ReplayEntry> drawn = replay.draw(batchSize, step);
    List<String> ids = drawn.stream().map(ReplayEntry::id).toList();
    List<PixelImage> images = drawn.stream().map(ReplayEntry::image).toList();
    StepReport report = update.on(ids, images, 0);
    observed(report, ids, images);
    return report;
  }

  /** Whether replay has enough images for an update. */
  public boolean canReplay() {
    return replay.size() > 1;
  }

  /**
   * Features by id, noted in replay; none where it does not want them, or the update was left out.
   */
  private Map<String, float[]> observed(
      @Nullable StepReport report, List<String> ids, List<PixelImage> images) {
    if (report == null || !replay.wantsFeatures()) {
      return Map.of();
    }
    float[] values = report.features();
    if (values == null) {
      values = new FeatureExtractor(engine, view).features(representation.get(), images).values();
    }
    int dim = values.length / ids.size();
    var byId = new HashMap<String, float[]>();
    for (int i = 0; i < ids.size(); i++) {
      byId.put(ids.get(i), Arrays.copyOfRange(values, i * dim, (i + 1) * dim));
    }
    replay.observe(byId);
    return byId;
  }
}
