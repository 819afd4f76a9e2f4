"""Electronics: phones, audio, computers, cameras."""
