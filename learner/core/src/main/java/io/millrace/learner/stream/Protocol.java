package io.millrace.learner.stream;

import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The orders in which a stream can show images. Each image comes once. */
public enum Protocol {
  /** Shuffled. */
  IID(false) {
    @Override
    StreamPlan of(StreamSource source, ProtocolSettings settings, long seed) {
      return StreamPlan.of(order(source.size(), seed));
    }
  },

  /**
   * Clips, each of one image with slow pan, zoom and change of light ({@link Clip}), one after
   * another in a shuffled order; of a source that has clips of its own, its own order.
   */
  CORRELATED(false) {
    @Override
    StreamPlan of(StreamSource source, ProtocolSettings settings, long seed) {
      var frames = new ArrayList<StreamPlan.Frame>();
      if (source.clips()) {
        for (int i = 0; i < source.size(); i++) {
          frames.add(new StreamPlan.Frame(i, -1));
        }
      } else {
        for (int image : order(source.size(), seed)) {
          for (int moment = 0; moment < settings.clipFrames(); moment++) {
            frames.add(new StreamPlan.Frame(image, moment));
          }
        }
      }
      return new StreamPlan(frames, List.of(frames.size()));
    }
  },

  /** Classes, in an order drawn from the seed, in tasks one after another; shuffled within. */
  SPLIT(true) {
    @Override
    StreamPlan of(StreamSource source, ProtocolSettings settings, long seed) {
      int[] taskOf = tasks(source.classes(), settings.tasks(), seed);
      var frames = new ArrayList<StreamPlan.Frame>();
      var ends = new ArrayList<Integer>();
      List<Integer> order = order(source.size(), seed);
      for (int task = 0; task < settings.tasks(); task++) {
        for (int image : order) {
          if (taskOf[source.labels().get(image)] == task) {
            frames.add(new StreamPlan.Frame(image, -1));
          }
        }
        ends.add(frames.size());
      }
      return new StreamPlan(frames, ends);
    }
  },

  /**
   * A class mix that changes smoothly: an image of class c of C comes at a time t in [0, 1) drawn
   * from the density 1 + s · cos 2π(t − c/C), so that at s = 1 a class is at its peak when the one
   * half way round is gone. With an imbalance r only a share r^(−c/(C − 1)) of class c comes at
   * all; which class is the c-th is drawn from the seed.
   */
  DRIFT(true) {
    @Override
    StreamPlan of(StreamSource source, ProtocolSettings settings, long seed) {
      int classes = source.classes();
      int[] place = KeyedRandom.of(seed, "stream.classes", 0, 0).permutation(classes);
      double[] time = new double[source.size()];
      var shown = new ArrayList<Integer>();
      for (int i = 0; i < source.size(); i++) {
        KeyedRandom random = KeyedRandom.of(seed, "stream.drift", i, 0);
        double c = place[source.labels().get(i)];
        double share = Math.pow(settings.imbalance(), classes > 1 ? -c / (classes - 1) : 0);
        if (random.nextDouble() >= share) {
          continue;
        }
        double density;
        do { // rejection from the uniform density
          time[i] = random.nextDouble();
          density = 1 + settings.driftStrength() * Math.cos(2 * Math.PI * (time[i] - c / classes));
        } while (random.nextDouble() * (1 + settings.driftStrength()) >= density);
        shown.add(i);
      }
      shown.sort(Comparator.comparingDouble((Integer i) -> time[i]).thenComparing(i -> i));
      if (shown.isEmpty()) {
        throw new IllegalArgumentException(
            "imbalance is " + settings.imbalance() + ": it leaves no image of " + source.size());
      }
      return StreamPlan.of(shown);
    }
  };

  private final boolean needsLabels;

  Protocol(boolean needsLabels) {
    this.needsLabels = needsLabels;
  }

  /** Whether the order depends on the images' classes. */
  public boolean needsLabels() {
    return needsLabels;
  }

  abstract StreamPlan of(StreamSource source, ProtocolSettings settings, long seed);

  /**
   * The stream.
   *
   * @throws IllegalArgumentException where it needs labels that are not there, or has more tasks
   *     than classes
   */
  public StreamPlan plan(StreamSource source, ProtocolSettings settings, long seed) {
    requireFit(source.classes(), settings);
    return of(source, settings, seed);
  }

  /** The checks of {@link #plan} that need no images; 0 classes: the source has no labels. */
  public void requireFit(int classes, ProtocolSettings settings) {
    if (needsLabels && classes == 0) {
      throw new IllegalArgumentException(
          "protocol " + name().toLowerCase(Locale.ROOT) + " needs labels: the source has none");
    }
    if (this == SPLIT && settings.tasks() > classes) {
      throw new IllegalArgumentException(
          "tasks is "
              + settings.tasks()
              + ": expected at most one for each class ("
              + classes
              + ")");
    }
  }

  /** The task each class is in: classes in drawn order, as evenly as it goes. */
  public static int[] tasks(int classes, int tasks, long seed) {
    int[] order = KeyedRandom.of(seed, "stream.tasks", 0, 0).permutation(classes);
    int[] taskOf = new int[classes];
    for (int i = 0; i < classes; i++) {
      taskOf[order[i]] = (int) ((long) i * tasks / classes);
    }
    return taskOf;
  }

  private static List<Integer> order(int n, long seed) {
    return Arrays.stream(KeyedRandom.of(seed, "stream.order", 0, 0).permutation(n))
        .boxed()
        .toList();
  }
}
