package io.millrace.learner.stream;

import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * What a stream shows and in which order.
 *
 * @param frames in the order they are seen, each once
 * @param taskEnds frames seen by the end of each task, rising, the last all of them; one for a
 *     stream without tasks
 */
public record StreamPlan(List<Frame> frames, List<Integer> taskEnds) {
  /**
   * One image of the stream.
   *
   * @param image number of the source image
   * @param moment place in the image's clip from 0 on; −1 for the image as it is
   */
  public record Frame(int image, int moment) {}

  public StreamPlan {
    frames = List.copyOf(frames);
    taskEnds = List.copyOf(taskEnds);
    if (frames.isEmpty()
        || taskEnds.isEmpty()
        || taskEnds.get(taskEnds.size() - 1) != frames.size()) {
      throw new IllegalArgumentException(
          frames.size() + " frames in tasks that end at " + taskEnds + ": expected the last there");
    }
  }

  /** Images as they are, in this order, without tasks. */
  static StreamPlan of(List<Integer> images) {
    return new StreamPlan(
        images.stream().map(i -> new Frame(i, -1)).toList(), List.of(images.size()));
  }

  /** Number of frames. */
  public int size() {
    return frames.size();
  }

  /** The same frames in an order drawn from the seed: what a stream's own order is held against. */
  public StreamPlan shuffled(long seed) {
    var out = new ArrayList<Frame>();
    for (int i : KeyedRandom.of(seed, "stream.shuffled", 0, 0).permutation(frames.size())) {
      out.add(frames.get(i));
    }
    return new StreamPlan(out, taskEnds);
  }
}
