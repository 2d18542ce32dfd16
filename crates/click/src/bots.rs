pub(crate) fn is_bot(user_agent: &str) -> bool {
    user_agent.to_ascii_lowercase().contains("bot")
}
