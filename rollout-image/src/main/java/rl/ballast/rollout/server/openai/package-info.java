/// The place of the OpenAI-compatible completions and chat endpoints. They will be resources of their own over
/// [rl.ballast.rollout.engine.EngineCore], beside the engine protocol and under the same token, with the tokenizer of
/// the served version.
@NullMarked
package rl.ballast.rollout.server.openai;

import org.jspecify.annotations.NullMarked;
