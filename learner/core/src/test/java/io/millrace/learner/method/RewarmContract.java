package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Schedules that begin anew, on an engine. */
public abstract class RewarmContract extends ScopedContract {
  private static final ByolSettings BYOL = ByolSettings.defaults();

  private static Method method() {
    var model =
        new ModelSettings(
            1, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16));
    return Methods.create(
        "byol",
        model,
        new ByolSettings(
            BYOL.firstView().withSize(16),
            BYOL.secondView().withSize(16),
            16,
            8,
            16,
            0.9,
            BYOL.optimizer(),
            ScheduleSettings.constant(0.4, 4)));
  }

  private static double rate(Method method, MethodState state, long step) {
    var images = new ArrayList<PixelImage>();
    for (int i = 0; i < 2; i++) {
      byte[] rgb = new byte[16 * 16 * 3];
      new Random(step * 2 + i).nextBytes(rgb);
      images.add(new PixelImage(16, 16, rgb));
    }
    return method
        .step(new ImageBatch(step, IdentifiedImage.zip(List.of("a", "b"), images)), state)
        .learningRate();
  }

  @Test
  public void afterARewarmTheRateRisesAgainAndARestoredStateGoesOn() {
    Method method = method();
    StateSnapshot saved;
    try (MethodState state = method.initialize(engine)) {
      List<Double> rates = new ArrayList<>();
      for (int step = 0; step < 5; step++) {
        rates.add(rate(method, state, step));
      }
      assertThat(rates).containsExactly(0.1, 0.2, 0.4 * (3.0 / 4), 0.4, 0.4);
      state.counter(MethodState.REWARMS, 1);
      assertThat(rate(method, state, 5)).isEqualTo(0.1);
      assertThat(rate(method, state, 6)).isEqualTo(0.2);
      saved = state.snapshot();
    }
    try (MethodState state = method.initialize(engine)) {
      state.restore(saved);
      assertThat(rate(method, state, 7)).isEqualTo(0.4 * (3.0 / 4));
      assertThat(rate(method, state, 8)).isEqualTo(0.4);
    }
  }
}
