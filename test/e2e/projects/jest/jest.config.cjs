// Jest with jsdom and ts-jest, as their documents start a project: CommonJS, and `moduleResolution: node`.
module.exports = {
  preset: "ts-jest",
  testEnvironment: "jsdom",
  rootDir: __dirname,
  testMatch: ["<rootDir>/*.spec.ts"],
};
