"""Operations of a deployed stage: its examination."""
