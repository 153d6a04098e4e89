package rl.ballast.trainer.coldstart;

/// One tokenised demonstration.
///
/// @param response ids to be learned, the end token included; at least 1
public record Demonstration(int[] prompt, int[] response) {
    /// Both, one after the other.
    public int[] sequence() {
        int[] all = java.util.Arrays.copyOf(prompt, prompt.length + response.length);
        System.arraycopy(response, 0, all, prompt.length, response.length);
        return all;
    }
}
