"""The commands of ``ferrule`` that authors have."""
