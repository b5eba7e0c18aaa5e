package io.millrace.learner.monitor;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.evaluate.FeatureExtractor;
import io.millrace.learner.evaluate.Features;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Metrics that need no labels, from features of the representation in EVAL mode on two sets: a
 * fixed reference (the first images of the stream, kept in the checkpoint) tells the network's
 * change from the stream's; the current window (the latest images) tells what the stream does to it
 * now. A positive pair is an image and its mirror image.
 */
public final class Monitors {
  private final MonitorSettings settings;
  private final Engine engine;
  private final FeatureExtractor extractor;
  private final EvalView view;
  private final List<IdentifiedImage> reference = new ArrayList<>();
  private final Deque<IdentifiedImage> window = new ArrayDeque<>();

  public Monitors(MonitorSettings settings, Engine engine, EvalView view) {
    this.settings = settings;
    this.engine = engine;
    this.extractor = new FeatureExtractor(engine, view);
    this.view = view;
  }

  /** Puts back the reference set of a checkpoint. */
  public void restore(List<IdentifiedImage> saved) {
    reference.clear();
    reference.addAll(saved.subList(0, Math.min(saved.size(), settings.referenceImages())));
  }

  /** The reference set, for a checkpoint. */
  public List<IdentifiedImage> reference() {
    return List.copyOf(reference);
  }

  /** Lets the latest images of the window be the reference set from now on. */
  public void adoptWindow() {
    var latest = List.copyOf(window);
    restore(latest.subList(Math.max(0, latest.size() - settings.referenceImages()), latest.size()));
  }

  /** Sees an image of the stream. */
  public void see(IdentifiedImage seen) {
    if (reference.size() < settings.referenceImages()) {
      reference.add(seen);
    }
    window.addLast(seen);
    if (window.size() > settings.windowImages()) {
      window.removeFirst();
    }
  }

  /** Drops images by id. */
  public void forget(Collection<String> ids) {
    if (!ids.isEmpty()) {
      var gone = new HashSet<>(ids);
      reference.removeIf(image -> gone.contains(image.id()));
      window.removeIf(image -> gone.contains(image.id()));
    }
  }

  /**
   * {@link Drift} between two networks on the reference set; empty where that has fewer than two
   * images.
   */
  public OptionalDouble drift(Network now, Network before) {
    if (reference.size() < 2) {
      return OptionalDouble.empty();
    }
    List<PixelImage> images = reference.stream().map(IdentifiedImage::image).toList();
    return OptionalDouble.of(
        Drift.of(extractor.features(now, images), extractor.features(before, images)));
  }

  /** The metrics now; a set of fewer than two images has none. */
  public Map<String, Double> metrics(Method method, MethodState state) {
    var out = new TreeMap<String, Double>();
    Network network = state.network(method.representation());
    Features then = extractor.features(network, images(reference));
    Features now = extractor.features(network, images(window));
    of(reference, then, method, state).forEach(out::put);
    of(window, now, method, state)
        .forEach((name, value) -> out.put(prefixed("window", name), value));
    if (then.rows() > 1 && window.size() == settings.windowImages()) {
      out.put(DriftWatch.DRIFT, EnergyDistance.of(then, now));
    }
    for (var entry : state.networks().entrySet()) {
      Network student = state.networks().get(entry.getKey().replace("teacher", "student"));
      if (entry.getKey().contains("teacher")
          && student != null
          && student.parameters().size() == entry.getValue().parameters().size()) {
        out.put(entry.getKey() + "Distance", TeacherDistance.of(engine, student, entry.getValue()));
      }
    }
    return out;
  }

  /** Metrics of one set. The method's own are also told by each update, of what that one saw. */
  private Map<String, Double> of(
      Collection<IdentifiedImage> set, Features features, Method method, MethodState state) {
    var out = new TreeMap<String, Double>();
    if (set.size() < 2) {
      return out;
    }
    Network network = state.network(method.representation());
    List<PixelImage> images = images(set);
    out.put("featureStd", FeatureStd.of(features));
    out.put("rankMe", RankMe.of(features));
    out.put("uniformity", Uniformity.of(features));
    List<PixelImage> mirrored = images.stream().map(Monitors::mirror).toList();
    out.put("alignment", Alignment.of(features, extractor.features(network, mirrored)));
    method
        .metrics(state, view, images)
        .forEach(
            (name, value) -> out.put(set == reference ? prefixed("reference", name) : name, value));
    return out;
  }

  private static List<PixelImage> images(Collection<IdentifiedImage> set) {
    return set.stream().map(IdentifiedImage::image).toList();
  }

  private static String prefixed(String set, String name) {
    return set + Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  private static PixelImage mirror(PixelImage image) {
    int w = image.width();
    byte[] in = image.rgb();
    byte[] out = new byte[in.length];
    for (int p = 0; p < in.length / 3; p++) {
      int q = p - p % w + (w - 1 - p % w);
      System.arraycopy(in, p * 3, out, q * 3, 3);
    }
    return new PixelImage(w, image.height(), out);
  }
}
