package io.millrace.learner.auxiliary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.CrossEntropyObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two losses on one backbone, on an engine. */
public abstract class AuxiliaryLossContract extends ScopedContract {
  private static final ModelSettings MODEL =
      new ModelSettings(
          1, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16));
  private static final int CLASSES = 3;

  private static Method byol() {
    return Methods.create("byol", MODEL);
  }

  private static ImageBatch batch(int n) {
    var ids = new ArrayList<String>();
    var images = new ArrayList<PixelImage>();
    for (int i = 0; i < n; i++) {
      byte[] rgb = new byte[16 * 16 * 3];
      new Random(i).nextBytes(rgb);
      ids.add("image-" + i);
      images.add(new PixelImage(16, 16, rgb));
    }
    return new ImageBatch(0, IdentifiedImage.zip(ids, images));
  }

  private Network head() {
    Network head = engine.network(Heads.linear("fc", MODEL.backbone().featureDimension(), CLASSES));
    Initializer.initialize(engine, head, 1);
    return head;
  }

  /** A task on fixed pixels: adds its gradients, returns its loss. */
  private Tensor task(Network backbone, Network head) {
    Tensor x = new EvalView(MODEL.preprocessing()).of(engine, batch(4).images());
    Tensor targets = engine.tensor(new double[] {0, 1, 2, 1}, 4).oneHot(CLASSES);
    try (var features = backbone.forward(x, Mode.TRAIN);
        var logits = head.forward(features.output(), Mode.TRAIN)) {
      LossAndGradients loss =
          new CrossEntropyObjective()
              .evaluate(Map.of("logits", logits.output(), "targets", targets));
      features.backward(logits.backward(loss.gradients().get("logits"), true), false);
      return loss.loss();
    }
  }

  private static double[] vector(Tensor tensor) {
    return tensor.toDoubles();
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void theBackboneGetsBothGradientsAndTheirCosineIsTold() {
    double weight = 0.3;
    SinglePassMethod method = AuxiliaryTrainer.singlePass(byol());
    // Each gradient by itself, from the same initial weights.
    double[] self;
    double[] own;
    try (MethodState state = method.initialize(engine);
        MethodState fresh = method.initialize(engine);
        StepContext context = method.accumulate(batch(6), state, 1);
        Network head = head()) {
      self = vector(state.network("student").gradients());
      task(fresh.network("student"), head);
      own = vector(fresh.network("student").gradients());
    }
    try (var auxiliary = new AuxiliaryTrainer(engine, byol(), weight);
        Network head = head()) {
      double[][] seen = new double[1][];
      JointReport report =
          auxiliary.step(
              batch(6),
              backbone -> task(backbone, head),
              backbone -> {
                seen[0] = vector(backbone.gradients());
                backbone.clearGradients();
              });
      for (int i = 0; i < own.length; i++) {
        assertThat(seen[0][i]).isCloseTo(own[i] + weight * self[i], within(1e-12));
      }
      double cosine = dot(own, self) / Math.sqrt(dot(own, own) * dot(self, self));
      assertThat(report.cosine()).isCloseTo(cosine, within(1e-9));
      assertThat(report.taskGradientNorm()).isCloseTo(Math.sqrt(dot(own, own)), within(1e-9));
      assertThat(report.auxiliaryGradientNorm())
          .isCloseTo(weight * Math.sqrt(dot(self, self)), within(1e-9));
      assertThat(report.taskLoss()).isGreaterThan(0);
      assertThat(report.auxiliaryLoss()).as("without its weight").isBetween(2.0, 6.0);
    }
  }

  @Test
  void theCallerMovesTheBackboneAndTheMethodItsOwnHeads() {
    SinglePassMethod method = AuxiliaryTrainer.singlePass(byol());
    try (MethodState state = method.initialize(engine);
        StepContext context = method.accumulate(batch(6), state, 1)) {
      double[] student = vector(state.network("student").parameters());
      double[] predictor = vector(state.network("predictor").parameters());
      double[] teacher = vector(state.network("teacher").parameters());
      method.finish(
          context,
          backbone -> {
            backbone.parameters().addIn(1, backbone.gradients().abs().add(1));
            backbone.clearGradients();
          });
      double[] moved = vector(state.network("student").parameters());
      for (int i = 0; i < student.length; i++) {
        assertThat(moved[i]).isGreaterThanOrEqualTo(student[i] + 1);
      }
      assertThat(vector(state.network("predictor").parameters())).isNotEqualTo(predictor);
      assertThat(vector(state.network("teacher").parameters()))
          .as("follows the moved backbone")
          .isNotEqualTo(teacher);
    }
  }

  @Test
  void startsFromAnotherNetworksWeightsTeacherAndAll() {
    try (var from = new AuxiliaryTrainer(engine, Methods.create("byol", MODEL.withSeed(9)), 1);
        var to = new AuxiliaryTrainer(engine, byol(), 1);
        Network narrow = head()) {
      to.startFrom(from.backbone());
      assertThat(vector(to.backbone().parameters()))
          .isEqualTo(vector(from.backbone().parameters()));
      assertThatThrownBy(() -> to.startFrom(narrow))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the backbone of byol has 175")
          .hasMessageContaining("which has 195");
    }
  }

  @Test
  void whatCanBeNoAuxiliaryLossIsRefused() {
    assertThatThrownBy(() -> new AuxiliaryTrainer(engine, byol(), -1))
        .hasMessage("weight is -1.0: expected 0 to 1000000");
    Method other =
        new Method() {
          @Override
          public String name() {
            return "alternating";
          }

          @Override
          public MethodState initialize(Engine e) {
            return new MethodState(e);
          }

          @Override
          public StepReport step(ImageBatch batch, MethodState state) {
            throw new AssertionError("never asked");
          }

          @Override
          public String representation() {
            return "student";
          }
        };
    assertThatThrownBy(() -> new AuxiliaryTrainer(engine, other, 1))
        .hasMessageContaining("method alternating can't be an auxiliary loss");
    assertThat(List.of(AuxiliaryTrainer.singlePass(byol()).name())).containsExactly("byol");
  }
}
