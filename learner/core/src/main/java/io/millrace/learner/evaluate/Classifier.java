package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * A backbone with a linear head, named {@code fc} as torchvision's. The backbone stays its maker's;
 * the head is closed with the classifier.
 */
public final class Classifier implements AutoCloseable {
  /** Name of the head. */
  public static final String HEAD = "fc";

  private static final int CHUNK = 128;

  private final Engine engine;
  private final EvalView view;
  private final Network backbone;
  private final Network head;
  private final int classes;

  /**
   * With a head of initial weights.
   *
   * @param backbone gives feature vectors
   * @param classes 2 or more
   */
  public Classifier(Engine engine, EvalView view, Network backbone, int classes, long seed) {
    if (classes < 2) {
      throw new IllegalArgumentException("classes is " + classes + ": expected 2 or more");
    }
    this.engine = engine;
    this.view = view;
    this.backbone = backbone;
    this.classes = classes;
    this.head = engine.network(Heads.linear(HEAD, OutputFeatures.of(backbone.spec()), classes));
    Initializer.initialize(engine, head, seed);
  }

  Engine engine() {
    return engine;
  }

  /** What sees. */
  public Network backbone() {
    return backbone;
  }

  /** What tells classes. */
  public Network head() {
    return head;
  }

  /** Classes it tells. */
  public int classes() {
    return classes;
  }

  /** How images become its input where chance has no part. */
  public EvalView view() {
    return view;
  }

  /** Logits [images · classes], row-major. */
  public float[] logits(List<PixelImage> images) {
    float[] all = new float[images.size() * classes];
    for (int from = 0; from < images.size(); from += CHUNK) {
      List<PixelImage> chunk = images.subList(from, Math.min(images.size(), from + CHUNK));
      try (var scope = engine.scope();
          Activations features = backbone.forward(view.of(engine, chunk), Mode.EVAL);
          Activations logits = head.forward(features.output(), Mode.EVAL)) {
        Tensor out = logits.output();
        System.arraycopy(out.toFloats(), 0, all, from * classes, chunk.size() * classes);
      }
    }
    return all;
  }

  /** Share of images whose class is told right. */
  public Accuracy accuracy(LabeledImages images) {
    return Accuracy.of(logits(images.images()), classes, images.labels());
  }

  @Override
  public void close() {
    head.close();
  }
}
