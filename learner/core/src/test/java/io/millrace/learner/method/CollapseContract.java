package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.evaluate.Features;
import io.millrace.learner.method.joint.ByolMethod;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.joint.DinoMethod;
import io.millrace.learner.method.joint.DinoSettings;
import io.millrace.learner.method.joint.SimSiamMethod;
import io.millrace.learner.method.joint.SimSiamSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.monitor.MonitorMath;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What keeps a method from collapse is taken from it: the monitors must see it. Metrics are of what
 * the loss sees, the projections, where collapse begins.
 */
public abstract class CollapseContract extends TinyMethodContract {
  private static final int SIDE = 8;
  private static final int IMAGES = 64;
  private static final ModelSettings MODEL =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(SIDE));

  /** Views so different that to agree on nothing is easiest. */
  private static final ViewSettings HARD =
      ViewSettings.defaults()
          .withViews(1)
          .withSize(SIDE)
          .withScale(0.08, 0.5)
          .withColor(1, 0.8, 0.8, 0.8, 0.4);

  /** Views that differ by their crop alone. */
  private static final ViewSettings EASY = ViewSettings.plain(0.4).withSize(SIDE);

  private static final OptimizerSettings SGD = OptimizerSettings.defaults();
  private static final ScheduleSettings RATE = ScheduleSettings.constant(0.5, 0);

  private record Spread(double std, double rankMe) {
    /** Far fewer directions, and less deviation. */
    void hasCollapsedBeside(Spread healthy, double share) {
      assertThat(rankMe).as("RankMe of %s beside %s", this, healthy).isLessThan(healthy.rankMe / 2);
      assertThat(std).as("std of %s beside %s", this, healthy).isLessThan(share * healthy.std);
    }

    /**
     * A quarter of the deviation 1/√16 of directions that are spread evenly, and some directions.
     */
    void isHealthy() {
      assertThat(std).as("std of %s", this).isGreaterThan(0.25 / 4);
      assertThat(rankMe).as("RankMe of %s", this).isGreaterThan(2);
    }
  }

  private static NetworkSpec backbone() {
    return new NetworkSpec(
        "student",
        List.of(3, SIDE, SIDE),
        List.of(
            new Named("flatten", new Layer.Flatten()),
            new Named("fc1", new Layer.Linear(3 * SIDE * SIDE, 32, true)),
            new Named("bn1", Layer.BatchNorm.of(32)),
            new Named("relu", new Layer.Relu()),
            new Named("fc2", new Layer.Linear(32, 16, true))),
        Set.of());
  }

  /** The monitors' metrics of what networks make of all images after some updates. */
  private Spread after(int steps, Method method, String... way) {
    try (MethodState state = method.initialize(engine)) {
      for (int step = 0; step < steps; step++) {
        method.step(Blobs.batch(step, IMAGES / 2 * (step % 2), IMAGES / 2), state);
      }
      ImageBatch all = Blobs.batch(0, 0, IMAGES);
      Tensor x = new EvalView(MODEL.preprocessing()).of(engine, all.images());
      for (String name : way) {
        try (Activations a = state.network(name).forward(x, Mode.EVAL)) {
          x = a.output().copy();
        }
      }
      var features = new Features(IMAGES, (int) x.size(1), x.toFloats());
      return new Spread(MonitorMath.featureStd(features), MonitorMath.rankMe(features));
    }
  }

  private CollapsingMethod variant(
      NetworkSpec projector, boolean predicts, boolean stopsGradient, double teacherMomentum) {
    return new CollapsingMethod(
        MODEL, backbone(), projector, HARD, predicts, stopsGradient, teacherMomentum, SGD, RATE);
  }

  @Test
  public void simSiamCollapsesWithoutStopGradientOrPredictor() {
    NetworkSpec projector = Heads.normalizedProjector("projector", 16, 16, 16, 2);
    var settings = new SimSiamSettings(HARD, HARD, 2, 16, 16, 8, SGD, RATE);
    Spread real = after(60, new SimSiamMethod(MODEL, backbone(), settings), "student", "projector");
    real.isHealthy();
    // What normalizes the projection can hold its deviation up for a while, in one direction.
    after(60, variant(projector, true, false, Double.NaN), "student", "projector")
        .hasCollapsedBeside(real, 1);
    after(60, variant(projector, false, true, Double.NaN), "student", "projector")
        .hasCollapsedBeside(real, 1);
  }

  @Test
  public void byolCollapsesWithoutStopGradientOrPredictor() {
    NetworkSpec projector = Heads.mlp("projector", 16, 16, 16);
    var settings = new ByolSettings(HARD, HARD, 16, 16, 8, 0.5, SGD, RATE);
    Spread real = after(60, new ByolMethod(MODEL, backbone(), settings), "student", "projector");
    real.isHealthy();
    after(60, variant(projector, true, false, Double.NaN), "student", "projector")
        .hasCollapsedBeside(real, 0.2);
    after(60, variant(projector, false, true, 0.5), "student", "projector")
        .hasCollapsedBeside(real, 0.2);
  }

  @Test
  public void dinoCollapsesWithoutCentering() {
    Spread real = after(100, dino(0.9), "teacher", "teacherHead");
    real.isHealthy();
    // A center that keeps all of itself stays where it starts, at zero.
    after(100, dino(Math.nextDown(1.0)), "teacher", "teacherHead").hasCollapsedBeside(real, 0.3);
  }

  private static Method dino(double centerMomentum) {
    return new DinoMethod(
        MODEL,
        backbone(),
        new DinoSettings(
            EASY,
            EASY,
            false,
            EASY,
            32,
            16,
            32,
            0.1,
            0.04,
            0.04,
            0,
            0,
            centerMomentum,
            0.95,
            SGD.withWeightDecay(0),
            ScheduleSettings.constant(0.01, 10)));
  }
}
