package io.millrace.learner.replay;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Images kept for another look, bounded in number and in bytes. Every decision is a function of the
 * seed, the images offered and the steps drawn for, so a restored buffer goes on as the saved one
 * would have. Used by one thread.
 */
public final class ReplayBuffer {
  private final ReplaySettings settings;
  private final ReplayPolicy policy;
  private final long seed;
  private final List<ReplayEntry> kept = new ArrayList<>();
  private final Set<String> ids = new HashSet<>();
  private long offered;
  private long bytes;

  public ReplayBuffer(ReplaySettings settings, long seed) {
    this.settings = settings;
    this.policy = ReplayPolicies.of(settings);
    this.seed = seed;
  }

  /** A buffer that goes on where a saved one was. */
  public static ReplayBuffer restore(
      ReplaySettings settings, long seed, List<ReplayEntry> kept, long offered) {
    var buffer = new ReplayBuffer(settings, seed);
    for (ReplayEntry entry : settings.keepsImages() ? kept : List.<ReplayEntry>of()) {
      if (entry.order() >= offered) {
        throw new IllegalArgumentException(
            "replay entry "
                + entry.id()
                + " has order "
                + entry.order()
                + " of "
                + offered
                + " offered");
      }
      buffer.put(entry);
    }
    buffer.offered = offered;
    buffer.retire();
    buffer.fit(); // the limits may be smaller than when it was saved
    return buffer;
  }

  /** What does not fit goes by the policy's choice. */
  private void fit() {
    while (over(0, 0)) {
      remove(policy.victim(view(), random(-1 - size())));
    }
  }

  /** Offers an image that the representation has not seen. */
  public void offer(String id, PixelImage image) {
    offer(id, image, null);
  }

  /** Offers an image that is held as pixels, shrunk to {@code replay.maxSide} first. */
  public void offer(String id, PixelImage image, float @Nullable [] feature) {
    offer(id, KeptImage.of(image.shrinkTo(settings.maxSide())), feature);
  }

  /**
   * Offers an image; the same id again takes the place of the image it named before. Images past
   * their age go first.
   *
   * @param image no side longer than {@code replay.maxSide}
   * @param feature its features, of any length; null for not seen
   */
  public void offer(String id, KeptImage image, float @Nullable [] feature) {
    forget(List.of(id));
    long order = offered++;
    retire();
    var entry = new ReplayEntry(id, image, order, 0, feature == null ? null : unit(feature), -1);
    long size = entry.bytes();
    if (size > maxBytes()) {
      return;
    }
    KeyedRandom random = random(order);
    if (!policy.admits(view(), over(1, size), offered, random)) {
      return;
    }
    while (over(1, size)) {
      remove(policy.victim(view(), random));
    }
    float[] unit = entry.feature();
    put(unit == null ? entry : entry.observed(unit, policy.groups(view(), List.of(unit))[0]));
  }

  private void retire() {
    while (settings.maxAge() > 0
        && !kept.isEmpty()
        && kept.get(0).order() + settings.maxAge() < offered) {
      remove(0);
    }
  }

  /** Drops images by id, those that are here. */
  public void forget(Collection<String> forgotten) {
    if (forgotten.stream().noneMatch(ids::contains)) {
      return;
    }
    var gone = new HashSet<>(forgotten);
    for (int i = kept.size() - 1; i >= 0; i--) {
      if (gone.contains(kept.get(i).id())) {
        remove(i);
      }
    }
  }

  /**
   * Draws images for an update, uniformly without repetition, and counts the visits. An image goes
   * with the last visit it may have.
   *
   * @param count images wanted; fewer come when fewer are kept
   * @param step the update they are for, which the draw is keyed by
   */
  public List<ReplayEntry> draw(int count, long step) {
    int[] places = places(count, step);
    var drawn = new ArrayList<ReplayEntry>(places.length);
    for (int at : places) {
      ReplayEntry entry = kept.get(at).visited();
      kept.set(at, entry);
      drawn.add(entry);
    }
    if (settings.maxVisits() > 0) {
      for (int i = kept.size() - 1; i >= 0; i--) {
        if (kept.get(i).visits() >= settings.maxVisits()) {
          remove(i);
        }
      }
    }
    return drawn;
  }

  /** What {@link #draw} would draw as things stand, with no visit counted. */
  public List<ReplayEntry> peek(int count, long step) {
    return Arrays.stream(places(count, step)).mapToObj(kept::get).toList();
  }

  /** The first places of a Fisher–Yates shuffle. */
  private int[] places(int count, long step) {
    KeyedRandom random = KeyedRandom.of(seed, "replay.draw", step, 0);
    var moved = new HashMap<Integer, Integer>();
    int[] places = new int[Math.min(count, kept.size())];
    for (int i = 0; i < places.length; i++) {
      int j = i + random.nextInt(kept.size() - i);
      places[i] = moved.getOrDefault(j, j);
      moved.put(j, moved.getOrDefault(i, i));
    }
    return places;
  }

  /**
   * Notes how the representation sees images now: f ← γ f + (1 − γ) f', both of unit length. Those
   * no longer kept are passed over.
   *
   * @param features by id, of any length
   */
  public void observe(Map<String, float[]> features) {
    var places = new ArrayList<Integer>();
    var seen = new ArrayList<float[]>();
    for (int i = 0; i < kept.size(); i++) {
      float[] feature = features.get(kept.get(i).id());
      if (feature != null) {
        places.add(i);
        seen.add(averaged(kept.get(i).feature(), unit(feature)));
      }
    }
    int[] groups = policy.groups(view(), seen);
    for (int i = 0; i < groups.length; i++) {
      ReplayEntry before = kept.get(places.get(i));
      ReplayEntry entry = before.observed(seen.get(i), groups[i]);
      kept.set(places.get(i), entry);
      bytes += entry.bytes() - before.bytes();
      policy.noted(entry);
    }
    fit(); // an image's first feature takes room
  }

  private float[] averaged(float @Nullable [] before, float[] now) {
    if (before == null || before.length != now.length) {
      return now;
    }
    float[] mean = new float[now.length];
    float gamma = (float) settings.featureMomentum();
    for (int i = 0; i < mean.length; i++) {
      mean[i] = gamma * before[i] + (1 - gamma) * now[i];
    }
    return unit(mean);
  }

  private static float[] unit(float[] vector) {
    double square = 0;
    for (float v : vector) {
      square += (double) v * v;
    }
    float scale = (float) (1 / Math.max(Math.sqrt(square), 1e-12));
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = vector[i] * scale;
    }
    return unit;
  }

  /** How the buffer is doing. */
  public ReplayHealth health() {
    return ReplayHealth.of(kept, offered, policy.meanNearestSimilarity());
  }

  /** Kept entries in the order they came, as they are now. */
  public List<ReplayEntry> entries() {
    return List.copyOf(kept);
  }

  /** Share of an update's images that may come straight from the stream. */
  public double freshShare() {
    return settings.freshShare();
  }

  /** Images kept. */
  public int size() {
    return kept.size();
  }

  /** Bytes of images as they are held, and of features. */
  public long bytes() {
    return bytes;
  }

  /** Images offered since the model began. */
  public long offered() {
    return offered;
  }

  /** Whether the policy asks for {@link #observe}. */
  public boolean wantsFeatures() {
    return policy.wantsFeatures();
  }

  private List<ReplayEntry> view() {
    return Collections.unmodifiableList(kept);
  }

  private KeyedRandom random(long order) {
    return KeyedRandom.of(seed, "replay.keep", order, 0);
  }

  private boolean over(int moreImages, long moreBytes) {
    return kept.size() + moreImages > settings.images() || bytes + moreBytes > maxBytes();
  }

  private long maxBytes() {
    return settings.mebibytes() * 1024L * 1024L;
  }

  private void put(ReplayEntry entry) {
    kept.add(entry);
    ids.add(entry.id());
    bytes += entry.bytes();
    policy.noted(entry);
  }

  private void remove(int index) {
    ReplayEntry gone = kept.remove(index);
    ids.remove(gone.id());
    bytes -= gone.bytes();
    policy.left(gone);
  }
}
