package io.millrace.learner.tensor;

/**
 * An engine's description.
 *
 * @param engine engine name as the command line knows it, such as {@code torch}
 * @param version library version
 * @param device {@code cpu} or {@code cuda:N}
 * @param deviceName processor or GPU model
 * @param precision arithmetic
 * @param threads CPU threads used inside one operation
 * @param capability instruction set or compute capability the kernels use
 */
public record EngineInfo(
    String engine,
    String version,
    String device,
    String deviceName,
    Precision precision,
    int threads,
    String capability) {}
