package io.millrace.serving.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request of the Open Inference Protocol.
 *
 * @param id the client's own name for it; null where it gave none
 * @param inputs its tensors by name
 * @param outputs wanted outputs and whether each is to be binary; empty for all
 * @param binary whether outputs are binary where nothing else is said
 */
record InferRequest(
    @Nullable String id,
    Map<String, InferTensor> inputs,
    Map<String, Boolean> outputs,
    boolean binary) {

  /** The tensor of this name. */
  InferTensor input(String name) {
    InferTensor found = inputs.get(name);
    if (found == null) {
      throw ApiError.bad("inputs", "are " + inputs.keySet() + ": expected '" + name + "' too");
    }
    return found;
  }

  /** Refuses tensors that nobody asked for and outputs that there are not. */
  void requireOnly(List<String> allowed, List<String> known) {
    inputs.forEach(
        (name, tensor) -> {
          if (!allowed.contains(name)) {
            throw ApiError.bad(
                tensor.field() + ".name", "is '" + name + "': expected one of " + allowed);
          }
        });
    for (String name : outputs.keySet()) {
      if (!known.contains(name)) {
        throw ApiError.bad("outputs", "ask for '" + name + "': expected some of " + known);
      }
    }
  }

  boolean wants(String output) {
    return outputs.isEmpty() || outputs.containsKey(output);
  }

  boolean binary(String output) {
    return outputs.getOrDefault(output, binary);
  }
}
