package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** When tensors live and die. */
public abstract class ScopeContract extends PortContract {

  @Test
  void closingReleasesWhatWasMadeInside() {
    Tensor inside;
    try (Scope scope = engine.scope()) {
      inside = engine.zeros(2);
    }
    assertDead(inside);
  }

  @Test
  void keptTensorsOutliveTheScope() {
    Tensor kept;
    Tensor sum;
    try (Scope scope = engine.scope()) {
      kept = engine.tensor(new double[] {1, 2}, 2);
      assertThat(scope.keep(kept)).isSameAs(kept);
      sum = kept.sum(false);
    }
    assertThat(kept.toDoubles()).containsExactly(1, 2);
    assertDead(sum);
    kept.close();
    assertDead(kept);
  }

  @Test
  void aViewKeepsTheStorageItShares() {
    Tensor view;
    try (Scope scope = engine.scope()) {
      view = scope.keep(engine.tensor(new double[] {1, 2, 3}, 3).slice(0, 1, 3));
    }
    assertThat(view.toDoubles()).containsExactly(2, 3);
    view.close();
  }

  @Test
  void scopesNest() {
    try (Scope outer = engine.scope()) {
      Tensor before = engine.zeros(1);
      Tensor inside;
      try (Scope inner = engine.scope()) {
        inside = before.add(1);
      }
      assertDead(inside);
      assertThat(before.add(2).item()).isEqualTo(2);
    }
  }

  @Test
  void scopesCloseInReverseOrder() {
    Scope outer = engine.scope();
    Scope inner = engine.scope();
    assertThatThrownBy(outer::close).isInstanceOf(IllegalStateException.class);
    inner.close();
    outer.close();
    outer.close();
  }

  @Test
  void withoutAScopeTheMakerCloses() {
    Tensor tensor = engine.zeros(2);
    try (Scope scope = engine.scope()) {
      assertThat(tensor.sum(false).item()).isZero();
    }
    assertThat(tensor.toDoubles()).containsExactly(0, 0);
    tensor.close();
    tensor.close();
    assertDead(tensor);
  }

  @Test
  void scopesBelongToTheirThread() {
    try (Scope scope = engine.scope()) {
      Tensor elsewhere = CompletableFuture.supplyAsync(() -> engine.zeros(2)).join();
      try (elsewhere) {
        scope.close();
        assertThat(elsewhere.toDoubles()).containsExactly(0, 0);
      }
    }
  }

  @Test
  void networksAndPassesOutliveScopes() {
    Network network;
    Activations pass;
    try (Scope scope = engine.scope()) {
      network =
          engine.network(Specs.vector("n", 2, Specs.named("fc", new Layer.Linear(2, 1, true))));
      pass = network.forward(engine.zeros(3, 2), Mode.TRAIN);
      pass.output();
    }
    try (network;
        pass;
        Scope scope = engine.scope()) {
      assertThat(pass.output().toDoubles()).containsExactly(0, 0, 0);
      pass.backward(engine.tensor(new double[] {1, 1, 1}, 3, 1), false);
      assertThat(network.gradients().toDoubles()).containsExactly(0, 0, 3);
    }
    assertDead(network.parameters());
  }

  private static void assertDead(Tensor tensor) {
    assertThatThrownBy(tensor::toDoubles)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
