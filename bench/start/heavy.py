"""As many modules as a program with numpy imports, all of the standard library."""

import argparse
import asyncio
import concurrent.futures
import csv
import ctypes
import decimal
import difflib
import email.mime.multipart
import fractions
import http.server
import json
import logging.config
import multiprocessing
import pdb
import platform
import pydoc
import sqlite3
import statistics
import tarfile
import tempfile
import unittest.mock
import urllib.request
import uuid
import xml.dom.minidom
import xmlrpc.client
import zipfile
