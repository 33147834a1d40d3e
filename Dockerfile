# The server in production form: compiled JavaScript and production packages only, run by an ordinary user.
#   docker build -t screenline . && docker run -p 3000:3000 -v screenline-data:/data screenline
# Without MONGODB_URI the embedded store keeps everything in /data; compose.yaml runs it with MongoDB instead.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY schemas ./schemas
COPY media ./media
COPY agents ./agents
COPY server ./server
RUN npx tsc -p tsconfig.build.json

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: SIGTERM reaches node, which lets calls in progress end before it stops.
CMD ["node", "--enable-source-maps", "dist/server/main.js"]
