// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {FlashLender} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";
import {TownPair} from "./TownMarkets.sol";
import {TownLending} from "./TownLending.sol";
import {TownRange} from "./TownRange.sol";

interface ITownFlashRecipient {
    function receiveFlashLoan(
        IERC20[] calldata tokens, uint256[] calldata amounts, uint256[] calldata fees, bytes calldata data
    ) external;
}

/// Holds everybody's means in one place and lends them for nothing, in the manner of Balancer's vault.
contract TownReserve {
    using SafeERC20 for IERC20;

    event FlashLoan(address indexed recipient, IERC20 indexed token, uint256 amount, uint256 feeAmount);

    function flashLoan(ITownFlashRecipient to, IERC20[] calldata tokens, uint256[] calldata amounts, bytes calldata data)
        external
    {
        uint256[] memory before = new uint256[](tokens.length);
        for (uint256 i = 0; i < tokens.length; i++) {
            before[i] = tokens[i].balanceOf(address(this));
            tokens[i].safeTransfer(address(to), amounts[i]);
        }
        to.receiveFlashLoan(tokens, amounts, new uint256[](tokens.length), data);
        for (uint256 i = 0; i < tokens.length; i++) {
            require(tokens[i].balanceOf(address(this)) >= before[i], "BAL#515");
            emit FlashLoan(address(to), tokens[i], amounts[i], 0);
        }
    }
}

/// Trades round in circles through pairs, with its own means or borrowed ones, and fails unless it gains. Liquidates.
contract TownBot is Ownable {
    using SafeERC20 for IERC20;

    struct Liquidation {
        TownLending market;
        address collateral;
        address debt;
        address user;
        TownPair pair;
    }

    error Unprofitable();

    // Who may call back at the moment.
    address private trusted;

    constructor() Ownable(msg.sender) {}

    receive() external payable {}

    /// With its own means.
    function circle(IERC20 token, uint256 amount, TownPair[] calldata path, uint256 gain) external onlyOwner {
        uint256 before = token.balanceOf(address(this));
        travel(token, amount, path);
        if (token.balanceOf(address(this)) < before + gain) revert Unprofitable();
    }

    function circleReserve(TownReserve lender, IERC20 token, uint256 amount, TownPair[] calldata path) external onlyOwner {
        trusted = address(lender);
        (IERC20[] memory tokens, uint256[] memory amounts) = (new IERC20[](1), new uint256[](1));
        (tokens[0], amounts[0]) = (token, amount);
        lender.flashLoan(ITownFlashRecipient(address(this)), tokens, amounts, abi.encode(path));
        settle(token);
    }

    function circleMarket(TownLending lender, IERC20 token, uint256 amount, TownPair[] calldata path) external onlyOwner {
        trusted = address(lender);
        lender.flashLoanSimple(address(this), address(token), amount, abi.encode(uint8(0), abi.encode(path)), 0);
        settle(token);
    }

    function circleLender(FlashLender lender, IERC20 token, uint256 amount, TownPair[] calldata path) external onlyOwner {
        trusted = address(lender);
        (bool ok,) = address(lender).call(
            abi.encodeWithSignature("flashLoan(address,address,uint256,bytes)", address(this), token, amount, abi.encode(path))
        );
        if (!ok) revert Unprofitable();
        settle(token);
    }

    /// Borrows from a v3 pool.
    function circleRange(TownRange pool, IERC20 token, uint256 amount, TownPair[] calldata path) external onlyOwner {
        trusted = address(pool);
        (uint256 a, uint256 b) = token == pool.token0() ? (amount, uint256(0)) : (uint256(0), amount);
        pool.flash(address(this), a, b, abi.encode(token, amount, path));
        settle(token);
    }

    /// Takes from one pair first and pays it last, out of what the others gave.
    function circlePair(TownPair lender, IERC20 token, uint256 amount, TownPair[] calldata path, uint256 pays)
        external onlyOwner
    {
        trusted = address(lender);
        bool zero = token == lender.token0();
        lender.swap(zero ? amount : 0, zero ? 0 : amount, address(this), abi.encode(token, amount, path, pays));
        settle(zero ? lender.token1() : lender.token0());
    }

    function liquidate(Liquidation calldata what, uint256 amount) external onlyOwner {
        trusted = address(what.market);
        what.market.flashLoanSimple(address(this), what.debt, amount, abi.encode(uint8(1), abi.encode(what)), 0);
        settle(IERC20(what.debt));
    }

    function liquidateOwn(TownLending market, address collateral, address debt, address user, uint256 amount)
        external onlyOwner
    {
        IERC20(debt).forceApprove(address(market), amount);
        market.liquidationCall(collateral, debt, user, amount, false);
        IERC20(debt).forceApprove(address(market), 0);
    }

    /// One leg of a trade, at no worse a price than said.
    function trade(IERC20 token, uint256 amount, TownPair pair, uint256 least) external onlyOwner {
        IERC20 other = token == pair.token0() ? pair.token1() : pair.token0();
        uint256 before = other.balanceOf(address(this));
        hop(token, amount, pair);
        if (other.balanceOf(address(this)) < before + least) revert Unprofitable();
    }

    /// Lends a pair its liquidity and takes it back later.
    function join(TownPair pair, uint256 a, uint256 b) external onlyOwner {
        pair.token0().safeTransfer(address(pair), a);
        pair.token1().safeTransfer(address(pair), b);
        pair.mint(address(this));
    }

    function leave(TownPair pair) external onlyOwner {
        pair.transfer(address(pair), pair.balanceOf(address(this)));
        pair.burn(address(this));
    }

    function take(IERC20 token, uint256 amount) external onlyOwner {
        token.safeTransfer(owner(), amount);
    }

    function receiveFlashLoan(
        IERC20[] calldata tokens, uint256[] calldata amounts, uint256[] calldata, bytes calldata data
    ) external {
        require(msg.sender == trusted, "who?");
        travel(tokens[0], amounts[0], abi.decode(data, (TownPair[])));
        tokens[0].safeTransfer(msg.sender, amounts[0]);
    }

    function executeOperation(address asset, uint256 amount, uint256 premium, address initiator, bytes calldata params)
        external returns (bool)
    {
        require(msg.sender == trusted && initiator == address(this), "who?");
        (uint8 what, bytes memory rest) = abi.decode(params, (uint8, bytes));
        if (what == 0) travel(IERC20(asset), amount, abi.decode(rest, (TownPair[])));
        else seize(abi.decode(rest, (Liquidation)), amount);
        IERC20(asset).forceApprove(msg.sender, amount + premium);
        return true;
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata data) external returns (bytes32) {
        require(msg.sender == trusted, "who?");
        travel(IERC20(token), amount, abi.decode(data, (TownPair[])));
        IERC20(token).forceApprove(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        require(msg.sender == trusted, "who?");
        (IERC20 token, uint256 amount, TownPair[] memory path) = abi.decode(data, (IERC20, uint256, TownPair[]));
        travel(token, amount, path);
        token.safeTransfer(msg.sender, amount + fee0 + fee1);
    }

    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        require(msg.sender == trusted, "who?");
        (IERC20 token, uint256 amount, TownPair[] memory path, uint256 pays) =
            abi.decode(data, (IERC20, uint256, TownPair[], uint256));
        IERC20 last = travel(token, amount, path);
        last.safeTransfer(msg.sender, pays);
    }

    function seize(Liquidation memory what, uint256 amount) private {
        IERC20(what.debt).forceApprove(address(what.market), amount);
        what.market.liquidationCall(what.collateral, what.debt, what.user, amount, false);
        hop(IERC20(what.collateral), IERC20(what.collateral).balanceOf(address(this)), what.pair);
    }

    function travel(IERC20 token, uint256 amount, TownPair[] memory path) private returns (IERC20) {
        for (uint256 i = 0; i < path.length; i++) (token, amount) = hop(token, amount, path[i]);
        return token;
    }

    function hop(IERC20 token, uint256 amount, TownPair pair) private returns (IERC20 other, uint256 out) {
        bool zero = token == pair.token0();
        (uint256 rIn, uint256 rOut,) = pair.getReserves();
        if (!zero) (rIn, rOut) = (rOut, rIn);
        token.safeTransfer(address(pair), amount);
        out = amount * 997 * rOut / (rIn * 1000 + amount * 997);
        pair.swap(zero ? 0 : out, zero ? out : 0, address(this), "");
        other = zero ? pair.token1() : pair.token0();
    }

    // What it gained goes home at once.
    function settle(IERC20 token) private {
        uint256 gain = token.balanceOf(address(this));
        if (gain == 0) revert Unprofitable();
        token.safeTransfer(owner(), gain);
        trusted = address(0);
    }
}
