"""The front door: what `import minmaxbench` offers."""
