# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /srv
COPY requirements/app.txt requirements/app.txt
RUN python -m venv /srv/.venv && /srv/.venv/bin/pip install --no-cache-dir --require-hashes -r requirements/app.txt

FROM python:3.13-slim
RUN groupadd --system --gid 10001 tongjiao && useradd --system --uid 10001 --gid 10001 --no-create-home tongjiao \
    && install --directory --owner 10001 --group 10001 --mode 700 /var/lib/tongjiao
WORKDIR /srv
COPY --from=build /srv/.venv /srv/.venv
COPY app app
COPY migrations migrations
ENV PATH=/srv/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
