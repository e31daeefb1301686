"""Configuration as code: the documents that people and programs write it in, and files of them.

The API takes the same document as JSON that the files have as YAML.
"""
