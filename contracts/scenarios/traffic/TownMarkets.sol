// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {WETH9} from "../props/WETH9.sol";

interface ITownCallee {
    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// A pair in the manner of Uniswap v2, for any token that pays what it says or less.
contract TownPair is ERC20("Uniswap V2", "UNI-V2") {
    using SafeERC20 for IERC20;

    address public immutable factory = msg.sender;
    IERC20 public token0;
    IERC20 public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private blockTimestampLast;
    uint256 public price0CumulativeLast;
    uint256 public price1CumulativeLast;
    uint256 private unlocked = 1;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(
        address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    modifier lock() {
        require(unlocked == 1, "UniswapV2: LOCKED");
        unlocked = 0;
        _;
        unlocked = 1;
    }

    function initialize(IERC20 a, IERC20 b) external {
        require(msg.sender == factory, "UniswapV2: FORBIDDEN");
        (token0, token1) = (a, b);
    }

    function getReserves() public view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, blockTimestampLast);
    }

    function mint(address to) external lock returns (uint256 shares) {
        (uint256 b0, uint256 b1) = held();
        (uint256 in0, uint256 in1) = (b0 - reserve0, b1 - reserve1);
        uint256 supply = totalSupply();
        if (supply == 0) {
            shares = Math.sqrt(in0 * in1) - 1000;
            _mint(address(0xdead), 1000);
        } else {
            shares = Math.min(in0 * supply / reserve0, in1 * supply / reserve1);
        }
        require(shares > 0, "UniswapV2: INSUFFICIENT_LIQUIDITY_MINTED");
        _mint(to, shares);
        update(b0, b1);
        emit Mint(msg.sender, in0, in1);
    }

    function burn(address to) external lock returns (uint256 out0, uint256 out1) {
        uint256 shares = balanceOf(address(this));
        (uint256 b0, uint256 b1) = held();
        (out0, out1) = (shares * b0 / totalSupply(), shares * b1 / totalSupply());
        require(out0 > 0 && out1 > 0, "UniswapV2: INSUFFICIENT_LIQUIDITY_BURNED");
        _burn(address(this), shares);
        token0.safeTransfer(to, out0);
        token1.safeTransfer(to, out1);
        (b0, b1) = held();
        update(b0, b1);
        emit Burn(msg.sender, out0, out1, to);
    }

    function swap(uint256 out0, uint256 out1, address to, bytes calldata data) external lock {
        require(out0 > 0 || out1 > 0, "UniswapV2: INSUFFICIENT_OUTPUT_AMOUNT");
        (uint256 r0, uint256 r1) = (reserve0, reserve1);
        require(out0 < r0 && out1 < r1, "UniswapV2: INSUFFICIENT_LIQUIDITY");
        if (out0 > 0) token0.safeTransfer(to, out0);
        if (out1 > 0) token1.safeTransfer(to, out1);
        if (data.length > 0) ITownCallee(to).uniswapV2Call(msg.sender, out0, out1, data);
        (uint256 b0, uint256 b1) = held();
        uint256 in0 = b0 > r0 - out0 ? b0 - (r0 - out0) : 0;
        uint256 in1 = b1 > r1 - out1 ? b1 - (r1 - out1) : 0;
        require(in0 > 0 || in1 > 0, "UniswapV2: INSUFFICIENT_INPUT_AMOUNT");
        require((b0 * 1000 - in0 * 3) * (b1 * 1000 - in1 * 3) >= r0 * r1 * 1_000_000, "UniswapV2: K");
        update(b0, b1);
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }

    function skim(address to) external lock {
        (uint256 b0, uint256 b1) = held();
        if (b0 > reserve0) token0.safeTransfer(to, b0 - reserve0);
        if (b1 > reserve1) token1.safeTransfer(to, b1 - reserve1);
    }

    function sync() external lock {
        (uint256 b0, uint256 b1) = held();
        update(b0, b1);
    }

    function held() private view returns (uint256, uint256) {
        return (token0.balanceOf(address(this)), token1.balanceOf(address(this)));
    }

    function update(uint256 b0, uint256 b1) private {
        unchecked {
            uint32 elapsed = uint32(block.timestamp) - blockTimestampLast;
            if (elapsed > 0 && reserve0 != 0 && reserve1 != 0) {
                price0CumulativeLast += (uint256(reserve1) << 112) / reserve0 * elapsed;
                price1CumulativeLast += (uint256(reserve0) << 112) / reserve1 * elapsed;
            }
        }
        (reserve0, reserve1, blockTimestampLast) = (uint112(b0), uint112(b1), uint32(block.timestamp));
        emit Sync(uint112(b0), uint112(b1));
    }
}

contract TownFactory {
    mapping(address => mapping(address => address)) public getPair;
    address[] public allPairs;

    event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count);

    function createPair(address a, address b) external returns (address pair) {
        require(a != b && getPair[a][b] == address(0), "UniswapV2: PAIR_EXISTS");
        (address t0, address t1) = a < b ? (a, b) : (b, a);
        pair = address(new TownPair{salt: keccak256(abi.encodePacked(t0, t1))}());
        TownPair(pair).initialize(IERC20(t0), IERC20(t1));
        (getPair[a][b], getPair[b][a]) = (pair, pair);
        allPairs.push(pair);
        emit PairCreated(t0, t1, pair, allPairs.length);
    }
}

/// Finds the way through the pairs of a factory, in the manner of Uniswap's second router.
contract TownRouter {
    using SafeERC20 for IERC20;

    TownFactory public immutable factory;
    WETH9 public constant WETH = WETH9(payable(0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2));

    constructor(TownFactory factory_) {
        factory = factory_;
    }

    receive() external payable {}

    modifier ensure(uint256 deadline) {
        require(deadline >= block.timestamp, "UniswapV2Router: EXPIRED");
        _;
    }

    function swapExactTokensForTokens(uint256 amountIn, uint256 least, address[] calldata path, address to, uint256 deadline)
        external ensure(deadline)
    {
        IERC20(path[0]).safeTransferFrom(msg.sender, first(path), amountIn);
        walk(path, to, least);
    }

    function swapExactETHForTokens(uint256 least, address[] calldata path, address to, uint256 deadline)
        external payable ensure(deadline)
    {
        require(path[0] == address(WETH), "UniswapV2Router: INVALID_PATH");
        WETH.deposit{value: msg.value}();
        WETH.transfer(first(path), msg.value);
        walk(path, to, least);
    }

    function swapExactTokensForETH(uint256 amountIn, uint256 least, address[] calldata path, address to, uint256 deadline)
        external ensure(deadline)
    {
        require(path[path.length - 1] == address(WETH), "UniswapV2Router: INVALID_PATH");
        IERC20(path[0]).safeTransferFrom(msg.sender, first(path), amountIn);
        walk(path, address(this), least);
        uint256 got = WETH.balanceOf(address(this));
        WETH.withdraw(got);
        (bool ok,) = to.call{value: got}("");
        require(ok, "TransferHelper: ETH_TRANSFER_FAILED");
    }

    function addLiquidity(
        address a, address b, uint256 wantA, uint256 wantB, uint256 leastA, uint256 leastB, address to, uint256 deadline
    ) external ensure(deadline) returns (uint256 shares) {
        TownPair pair = pairOf(a, b);
        (wantA, wantB) = fit(address(pair), a < b, wantA, wantB);
        require(wantA >= leastA && wantB >= leastB, "UniswapV2Router: INSUFFICIENT_AMOUNT");
        IERC20(a).safeTransferFrom(msg.sender, address(pair), wantA);
        IERC20(b).safeTransferFrom(msg.sender, address(pair), wantB);
        shares = pair.mint(to);
    }

    function addLiquidityETH(address token, uint256 want, uint256 least, uint256 leastCoins, address to, uint256 deadline)
        external payable ensure(deadline) returns (uint256 shares)
    {
        address pair = address(pairOf(token, address(WETH)));
        (uint256 inToken, uint256 inCoins) = fit(pair, token < address(WETH), want, msg.value);
        require(inToken >= least && inCoins >= leastCoins, "UniswapV2Router: INSUFFICIENT_AMOUNT");
        IERC20(token).safeTransferFrom(msg.sender, pair, inToken);
        WETH.deposit{value: inCoins}();
        WETH.transfer(pair, inCoins);
        shares = TownPair(pair).mint(to);
        if (msg.value > inCoins) {
            (bool ok,) = msg.sender.call{value: msg.value - inCoins}("");
            require(ok, "TransferHelper: ETH_TRANSFER_FAILED");
        }
    }

    function removeLiquidity(address a, address b, uint256 shares, uint256 leastA, uint256 leastB, address to, uint256 deadline)
        external ensure(deadline) returns (uint256 outA, uint256 outB)
    {
        TownPair pair = TownPair(factory.getPair(a, b));
        pair.transferFrom(msg.sender, address(pair), shares);
        (uint256 out0, uint256 out1) = pair.burn(to);
        (outA, outB) = a < b ? (out0, out1) : (out1, out0);
        require(outA >= leastA && outB >= leastB, "UniswapV2Router: INSUFFICIENT_AMOUNT");
    }

    function pairOf(address a, address b) private returns (TownPair) {
        address pair = factory.getPair(a, b);
        return TownPair(pair == address(0) ? factory.createPair(a, b) : pair);
    }

    function first(address[] calldata path) private view returns (address) {
        return factory.getPair(path[0], path[1]);
    }

    function fit(address pair, bool straight, uint256 wantA, uint256 wantB) private view returns (uint256, uint256) {
        (uint256 rA, uint256 rB,) = TownPair(pair).getReserves();
        if (!straight) (rA, rB) = (rB, rA);
        if (rA == 0) return (wantA, wantB);
        uint256 b = wantA * rB / rA;
        return b <= wantB ? (wantA, b) : (wantB * rA / rB, wantB);
    }

    // What has arrived is what counts, so that tokens with a fee pass too.
    function walk(address[] calldata path, address to, uint256 least) private {
        IERC20 last = IERC20(path[path.length - 1]);
        uint256 before = last.balanceOf(to);
        for (uint256 i = 0; i + 1 < path.length; i++) {
            hop(path[i], path[i + 1], i + 2 < path.length ? factory.getPair(path[i + 1], path[i + 2]) : to);
        }
        require(last.balanceOf(to) - before >= least, "UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT");
    }

    function hop(address from, address into, address to) private {
        TownPair pair = TownPair(factory.getPair(from, into));
        (uint256 rIn, uint256 rOut,) = pair.getReserves();
        if (from > into) (rIn, rOut) = (rOut, rIn);
        uint256 amount = IERC20(from).balanceOf(address(pair)) - rIn;
        uint256 out = amount * 997 * rOut / (rIn * 1000 + amount * 997);
        pair.swap(from < into ? 0 : out, from < into ? out : 0, to, "");
    }
}
